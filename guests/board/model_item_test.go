package board

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"workcell/guests/board/pm"
)

// live returns the live items of a project in their order.
func (m *model) live(project string) (items []*pm.WorkItem) {
	for _, it := range m.items {
		if it.ProjectId == project && it.DeletedAt == nil {
			items = append(items, it)
		}
	}
	sortItems(items)
	return items
}

func sortItems(items []*pm.WorkItem) {
	sort.Slice(items, func(i, j int) bool {
		a, b := items[i], items[j]
		return fmt.Sprintf("%012d%012d", a.Position, a.ItemNumber) < fmt.Sprintf("%012d%012d", b.Position, b.ItemNumber)
	})
}

func (m *model) children(project, parent string) (items []*pm.WorkItem) {
	for _, it := range m.live(project) {
		if it.ParentId == nil && parent == "" || it.ParentId != nil && *it.ParentId == parent {
			items = append(items, it)
		}
	}
	return items
}

// sent returns an item as clients get it. The types make three levels at most.
func (m *model) sent(it *pm.WorkItem) *pm.WorkItem {
	copied := *it
	for at := it; at.ParentId != nil && m.liveItem(*at.ParentId) != nil; at = m.liveItem(*at.ParentId) {
		copied.AncestorIds = append(copied.AncestorIds, *at.ParentId)
	}
	level := m.children(it.ProjectId, it.Id)
	for len(level) > 0 {
		var below []*pm.WorkItem
		for _, child := range level {
			copied.DescendantIds = append(copied.DescendantIds, child.Id)
			below = append(below, m.children(it.ProjectId, child.Id)...)
		}
		level = below
	}
	return &copied
}

func (m *model) fits(project string, kind pm.WorkItemType, parent string) bool {
	p := m.liveItem(parent)
	return p != nil && p.ProjectId == project && (kind == story && p.ItemType == epic || kind == task && p.ItemType == story)
}

var (
	modelStatuses   = strings.Fields("backlog todo in_progress review done blocked")
	modelPriorities = strings.Fields("low medium high critical")
)

func (m *model) createItem(req *pm.CreateWorkItemRequest) (*pm.WorkItemCreated, string) {
	title, project, parent := strings.TrimSpace(req.Title), canonical(req.ProjectId), ""
	if req.ParentId != nil {
		parent = canonical(*req.ParentId)
	}
	child := req.ParentId != nil && *req.ParentId != ""
	switch {
	case req.ItemType < 2 || req.ItemType > 4:
		return nil, "VALIDATION_ERROR item_type"
	case title == "" || utf8.RuneCountInString(title) > 200:
		return nil, "INVALID_MESSAGE title"
	case project == "":
		return nil, "VALIDATION_ERROR project_id"
	case child && parent == "":
		return nil, "VALIDATION_ERROR parent_id"
	case m.level(project) < 2:
		return nil, "UNAUTHORIZED"
	case m.liveProject(project) == nil:
		return nil, "NOT_FOUND"
	case child && !m.fits(project, req.ItemType, parent):
		return nil, "VALIDATION_ERROR parent_id"
	case req.Status != nil && !slices.Contains(modelStatuses, *req.Status):
		return nil, "VALIDATION_ERROR status"
	case req.Priority != nil && !slices.Contains(modelPriorities, *req.Priority):
		return nil, "VALIDATION_ERROR priority"
	}
	p := m.project(project)
	it := &pm.WorkItem{
		Id: m.fresh, ItemType: req.ItemType, ProjectId: project, Title: title, Description: trimmed(req.Description), Status: "backlog",
		Priority: "medium", CreatedAt: m.now, UpdatedAt: m.now, CreatedBy: m.user, UpdatedBy: m.user, Version: 1,
		ItemNumber: p.NextWorkItemNumber, Position: 1,
	}
	if child {
		it.ParentId = &parent
	}
	if req.Status != nil {
		it.Status = *req.Status
	}
	if req.Priority != nil {
		it.Priority = *req.Priority
	}
	for _, sibling := range m.children(project, parent) {
		it.Position = max(it.Position, sibling.Position+1)
	}
	p.NextWorkItemNumber++
	m.items = append(m.items, it)
	m.note("work_item", it.Id, "created", nil, modelScope(project))
	m.tell(40, modelScope(project))
	return &pm.WorkItemCreated{WorkItem: m.sent(it), UserId: m.user}, ""
}

func (m *model) updateItem(req *pm.UpdateWorkItemRequest) (*pm.WorkItemUpdated, string) {
	id := canonical(req.WorkItemId)
	it := m.liveItem(id)
	sentParent, sentSprint, sentAssignee := textOf(req.ParentId), textOf(req.SprintId), textOf(req.AssigneeId)
	assignee, sprint := canonical(sentAssignee), canonical(sentSprint)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR work_item_id"
	case it == nil:
		return nil, "NOT_FOUND"
	case m.level(it.ProjectId) < 2:
		return nil, "UNAUTHORIZED"
	case it.Version != req.ExpectedVersion:
		return nil, "CONFLICT"
	case req.UpdateParent && sentParent != "" && !m.fits(it.ProjectId, it.ItemType, canonical(sentParent)):
		return nil, "VALIDATION_ERROR parent_id"
	case req.Title != nil && strings.TrimSpace(*req.Title) == "":
		return nil, "INVALID_MESSAGE title"
	case req.Status != nil && !slices.Contains(modelStatuses, *req.Status):
		return nil, "VALIDATION_ERROR status"
	case req.Priority != nil && !slices.Contains(modelPriorities, *req.Priority):
		return nil, "VALIDATION_ERROR priority"
	case sentAssignee != "" && !slices.Contains(m.users, assignee):
		return nil, "VALIDATION_ERROR assignee_id"
	case sentSprint != "" && (sprint == "" || sprint != textOf(it.SprintId) && !m.isSprintOf(it.ProjectId, sprint)):
		return nil, "VALIDATION_ERROR sprint_id"
	case req.Position != nil && *req.Position < 0:
		return nil, "VALIDATION_ERROR position"
	case req.StoryPoints != nil && (*req.StoryPoints < 0 || *req.StoryPoints > 100):
		return nil, "VALIDATION_ERROR story_points"
	}

	var list []*pm.FieldChange
	note := func(field string, before, after *string) {
		if textOf(before) != textOf(after) || before == nil != (after == nil) {
			list = append(list, change(field, before, after))
		}
	}
	if req.Title != nil {
		note("title", new(it.Title), trimmed(req.Title))
		it.Title = strings.TrimSpace(*req.Title)
	}
	if req.Description != nil && strings.TrimSpace(*req.Description) != textOf(it.Description) {
		note("description", new(textOf(it.Description)), trimmed(req.Description))
		it.Description = trimmed(req.Description)
	}
	if req.Status != nil {
		note("status", new(it.Status), req.Status)
		it.Status = *req.Status
	}
	if req.AssigneeId != nil {
		note("assignee_id", new(textOf(it.AssigneeId)), &assignee)
		it.AssigneeId = unlessEmpty(assignee)
	}
	if req.Position != nil {
		note("position", decimal(&it.Position), decimal(req.Position))
		it.Position = *req.Position
	}
	if req.UpdateParent {
		parent := unlessEmpty(canonical(sentParent))
		note("parent_id", it.ParentId, parent)
		it.ParentId = parent
	}
	if req.Priority != nil {
		note("priority", new(it.Priority), req.Priority)
		it.Priority = *req.Priority
	}
	if req.StoryPoints != nil {
		note("story_points", decimal(it.StoryPoints), decimal(req.StoryPoints))
		it.StoryPoints = req.StoryPoints
	}
	if req.SprintId != nil {
		note("sprint_id", it.SprintId, unlessEmpty(sprint))
		it.SprintId = unlessEmpty(sprint)
	}
	if len(list) > 0 {
		it.Version, it.UpdatedAt, it.UpdatedBy = it.Version+1, m.now, m.user
		m.note("work_item", id, "updated", list, modelScope(it.ProjectId))
		m.tell(41, modelScope(it.ProjectId))
	}
	return &pm.WorkItemUpdated{WorkItem: m.sent(it), Changes: list, UserId: m.user}, ""
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func decimal(n *int32) *string {
	if n == nil {
		return nil
	}
	return new(strconv.FormatInt(int64(*n), 10))
}

func (m *model) deleteItem(req *pm.DeleteWorkItemRequest) (*pm.WorkItemDeleted, string) {
	id := canonical(req.WorkItemId)
	it := m.liveItem(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR work_item_id"
	case it == nil:
		return nil, "NOT_FOUND"
	case m.level(it.ProjectId) < 3:
		return nil, "UNAUTHORIZED"
	case len(m.children(it.ProjectId, id)) > 0:
		return nil, "DELETE_BLOCKED"
	}
	it.DeletedAt, it.UpdatedAt, it.UpdatedBy = new(m.now), m.now, m.user
	m.note("work_item", id, "deleted", nil, modelScope(it.ProjectId))
	m.tell(42, modelScope(it.ProjectId))
	return &pm.WorkItemDeleted{WorkItemId: id, UserId: m.user}, ""
}

func (m *model) listItems(req *pm.GetWorkItemsRequest) (*pm.WorkItemsList, string) {
	id := canonical(req.ProjectId)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR project_id"
	case m.level(id) < 1:
		return nil, "UNAUTHORIZED"
	}
	items := m.live(id)
	if req.SinceTimestamp != nil {
		items = nil
		for _, it := range m.items {
			if it.ProjectId == id && it.UpdatedAt >= *req.SinceTimestamp {
				items = append(items, it)
			}
		}
		sortItems(items)
	}
	list := &pm.WorkItemsList{AsOfTimestamp: m.now}
	for _, it := range items {
		list.WorkItems = append(list.WorkItems, m.sent(it))
	}
	return list, ""
}
