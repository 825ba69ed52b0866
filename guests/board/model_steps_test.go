package board

import (
	"pgregory.net/rapid"

	"workcell/guests/board/pm"
)

func (s *session) stepCreateProject(t *rapid.T) {
	s.t = t
	req := &pm.CreateProjectRequest{Title: drawTitle(t), Description: drawOptional(t, "description", drawText), Key: rapid.SampledFrom([]string{"AB", "ab", "CD", "E_9", "X", "A-B"}).Draw(t, "key")}
	got := &pm.ProjectCreated{}
	compare(s, createProjectRoute, req, got, func() string { return got.Project.Id }, func() (*pm.ProjectCreated, string) { return s.createProject(req) })
}

func (s *session) stepUpdateProject(t *rapid.T) {
	s.t = t
	id := s.drawProject(t)
	req := &pm.UpdateProjectRequest{ProjectId: id, ExpectedVersion: s.drawVersion(t, id), Title: drawOptional(t, "title", drawTitle), Description: drawOptional(t, "description", drawText)}
	if rapid.Bool().Draw(t, "with status") {
		req.Status = new(pm.ProjectStatus(rapid.Int32Range(0, 3).Draw(t, "status")))
	}
	compare(s, updateProjectRoute, req, &pm.ProjectUpdated{}, nil, func() (*pm.ProjectUpdated, string) { return s.updateProject(req) })
}

func (s *session) stepDeleteProject(t *rapid.T) {
	s.t = t
	id := s.drawProject(t)
	req := &pm.DeleteProjectRequest{ProjectId: id, ExpectedVersion: s.drawVersion(t, id)}
	compare(s, deleteProjectRoute, req, &pm.ProjectDeleted{}, nil, func() (*pm.ProjectDeleted, string) { return s.deleteProject(req) })
}

func (s *session) stepCreateItem(t *rapid.T) {
	s.t = t
	req := &pm.CreateWorkItemRequest{
		ProjectId: s.drawProject(t), ItemType: pm.WorkItemType(rapid.SampledFrom([]int32{2, 3, 4, 3, 4, 1}).Draw(t, "type")),
		Title: drawTitle(t), Description: drawOptional(t, "description", drawText),
		Status: drawOptional(t, "status", drawStatus), Priority: drawOptional(t, "priority", drawPriority),
		ParentId: drawOptional(t, "parent", s.drawItem),
	}
	if req.ParentId != nil { // mostly in the parent's project and of a fitting type
		if p := s.liveItem(canonical(*req.ParentId)); p != nil && rapid.IntRange(0, 3).Draw(t, "fitting") > 0 {
			req.ProjectId, req.ItemType = p.ProjectId, p.ItemType+1
		}
	}
	got := &pm.WorkItemCreated{}
	compare(s, createItemRoute, req, got, func() string { return got.WorkItem.Id }, func() (*pm.WorkItemCreated, string) { return s.createItem(req) })
}

func (s *session) stepUpdateItem(t *rapid.T) {
	s.t = t
	id := s.drawItem(t)
	req := &pm.UpdateWorkItemRequest{
		WorkItemId: id, ExpectedVersion: s.drawItemVersion(t, id), Title: drawOptional(t, "title", drawTitle),
		Description: drawOptional(t, "description", drawText), Status: drawOptional(t, "status", drawStatus),
		Priority: drawOptional(t, "priority", drawPriority), AssigneeId: drawOptional(t, "assignee", s.drawUser),
		SprintId: drawOptional(t, "sprint", s.drawSprint),
	}
	if rapid.Bool().Draw(t, "with position") {
		req.Position = new(rapid.Int32Range(-1, 5).Draw(t, "position"))
	}
	if rapid.Bool().Draw(t, "with points") {
		req.StoryPoints = new(rapid.SampledFrom([]int32{0, 1, 100, 101, -1}).Draw(t, "points"))
	}
	compare(s, updateItemRoute, req, &pm.WorkItemUpdated{}, nil, func() (*pm.WorkItemUpdated, string) { return s.updateItem(req) })
}

func (s *session) stepMoveItem(t *rapid.T) {
	s.t = t
	id := s.drawItem(t)
	req := &pm.UpdateWorkItemRequest{
		WorkItemId: id, ExpectedVersion: s.drawItemVersion(t, id), UpdateParent: rapid.IntRange(0, 4).Draw(t, "move") > 0,
		ParentId: drawOptional(t, "parent", s.drawItem),
	}
	compare(s, updateItemRoute, req, &pm.WorkItemUpdated{}, nil, func() (*pm.WorkItemUpdated, string) { return s.updateItem(req) })
}

func (s *session) stepDeleteItem(t *rapid.T) {
	s.t = t
	id := s.drawItem(t)
	req := &pm.DeleteWorkItemRequest{WorkItemId: id}
	compare(s, deleteItemRoute, req, &pm.WorkItemDeleted{}, nil, func() (*pm.WorkItemDeleted, string) { return s.deleteItem(req) })
}

func (s *session) stepListItems(t *rapid.T) {
	s.t = t
	req := &pm.GetWorkItemsRequest{ProjectId: s.drawProject(t)}
	if rapid.Bool().Draw(t, "with since") {
		req.SinceTimestamp = new(s.now - rapid.Int64Range(-1, 8).Draw(t, "since"))
	}
	compare(s, getItemsRoute, req, &pm.WorkItemsList{}, nil, func() (*pm.WorkItemsList, string) { return s.listItems(req) })
}

func (s *session) stepListProjects(t *rapid.T) {
	s.t = t
	compare(s, listProjectsRoute, &pm.ListProjectsRequest{}, &pm.ProjectList{}, nil, func() (*pm.ProjectList, string) { return s.listProjects(), "" })
}
