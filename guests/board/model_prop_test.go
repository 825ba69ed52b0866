package board

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	ref "github.com/google/uuid"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// TestBoardAgreesWithModel lets several people do random things and compares every reply, event, refusal and list with
// the model's. After each step the store must be consistent.
func TestBoardAgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &session{world: newWorld(t), model: &model{sprints: map[string]string{}}}
		s.users = []string{ann.String(), ed.String(), vic.String()}
		s.user, s.now = ann.String(), s.TimeMS/1000
		t.Repeat(map[string]func(*rapid.T){
			"":              s.check,
			"createProject": s.stepCreateProject,
			"updateProject": s.stepUpdateProject,
			"deleteProject": s.stepDeleteProject,
			"createItem":    s.stepCreateItem,
			"createChild":   s.stepCreateItem,
			"updateItem":    s.stepUpdateItem,
			"moveItem":      s.stepMoveItem,
			"deleteItem":    s.stepDeleteItem,
			"listItems":     s.stepListItems,
			"listProjects":  s.stepListProjects,
			"member":        s.stepMember,
			"sprint":        s.stepSprint,
			"someoneElse":   s.stepSomeoneElse,
			"later":         s.stepLater,
		})
	})
}

// A session is the board and the model side by side.
type session struct {
	*world
	*model
}

// compare makes a call and compares its outcome. learn copies the ids that the board chose into the model; scope and
// entity say where events go and what they tell of, and are asked only if there are any.
func compare[R record](s *session, route uint32, request record, want R, refusal string, got R, learn func(), scope func() abi.Scope, entity func() string) {
	if refusal != "" {
		same(s.t, "refusal", s.world.refusal(route, request), refusal)
		return
	}
	r := s.ok(route, request, got)
	if learn != nil {
		learn()
	}
	same(s.t, "reply", got, want)
	kind := map[uint32]string{createItemRoute: "work_item", updateItemRoute: "work_item", deleteItemRoute: "work_item"}[route]
	if kind == "" {
		kind = "project"
	}
	s.compareEvents(r, route, kind, scope, entity)
}

func (s *session) compareEvents(r guest.Result, route uint32, kind string, scope func() abi.Scope, entity func() string) {
	var action string
	var changes []*pm.FieldChange
	switch route {
	case createItemRoute, createProjectRoute:
		action = "created"
	case deleteItemRoute, deleteProjectRoute:
		action = "deleted"
	case updateItemRoute, updateProjectRoute:
		action = "updated"
		var reply pm.WorkItemUpdated // ProjectUpdated has its changes in the same field
		if err := reply.Parse(r.Reply); err != nil {
			s.t.Fatalf("reply: %v", err)
		}
		changes = reply.Changes
	}
	if action == "" || action == "updated" && len(changes) == 0 {
		same(s.t, "events", len(r.Events), 0)
		same(s.t, "writes", s.Work.Puts+s.Work.Deletes, 0)
		return
	}
	rows := max(1, len(changes))
	same(s.t, "number of events", len(r.Events), rows+1)
	for i, e := range r.Events {
		same(s.t, "scopes", e.Scopes, []abi.Scope{scope()})
		if i == rows {
			same(s.t, "entity event", e.Payload, r.Reply)
			continue
		}
		var got pm.ActivityLogCreated
		if err := got.Parse(e.Payload); err != nil || e.Route != 142 {
			s.t.Fatalf("event %d: %v, route %d", i, err, e.Route)
		}
		want := &pm.ActivityLogEntry{Id: got.Entry.Id, EntityType: kind, EntityId: entity(), Action: action, UserId: s.user, Timestamp: s.now}
		if len(changes) > 0 {
			want.FieldName, want.OldValue, want.NewValue = &changes[i].FieldName, changes[i].OldValue, changes[i].NewValue
			want.Comment = new(*decimal(new(int32(rows))) + " fields changed")
		}
		same(s.t, "activity", got.Entry, want)
	}
}

// check is the invariant: the store is consistent, and every list is the model's.
func (s *session) check(t *rapid.T) {
	s.t = t
	s.fsck()
	for _, p := range s.projects {
		numbers := map[int32]bool{}
		for _, it := range s.items {
			if it.ProjectId == p.Id {
				numbers[it.ItemNumber] = true
			}
		}
		same(t, "numbers given", int32(len(numbers)), p.NextWorkItemNumber-1)
	}
}

func (s *session) stepCreateProject(t *rapid.T) {
	s.t = t
	req := &pm.CreateProjectRequest{Title: drawTitle(t), Description: drawOptional(t, "description", drawText), Key: rapid.SampledFrom([]string{"AB", "ab", "CD", "E_9", "X", "A-B"}).Draw(t, "key")}
	want, refusal := s.createProject(req)
	got := &pm.ProjectCreated{}
	compare(s, createProjectRoute, req, want, refusal, got, func() {
		want.Project.Id = got.Project.Id
		s.projects[len(s.projects)-1].Id = got.Project.Id
	}, func() abi.Scope {
		return abi.Scope{Kind: abi.ScopeUser, ID: string(id16b(s.user))}
	}, func() string { return got.Project.Id })
}

func (s *session) stepUpdateProject(t *rapid.T) {
	s.t = t
	id := s.drawProject(t)
	req := &pm.UpdateProjectRequest{ProjectId: id, ExpectedVersion: s.drawVersion(t, id), Title: drawOptional(t, "title", drawTitle), Description: drawOptional(t, "description", drawText)}
	if rapid.Bool().Draw(t, "with status") {
		req.Status = new(pm.ProjectStatus(rapid.Int32Range(0, 3).Draw(t, "status")))
	}
	want, refusal := s.updateProject(req)
	compare(s, updateProjectRoute, req, want, refusal, &pm.ProjectUpdated{}, nil, s.in(id), s.of(id))
}

func (s *session) stepDeleteProject(t *rapid.T) {
	s.t = t
	id := s.drawProject(t)
	req := &pm.DeleteProjectRequest{ProjectId: id, ExpectedVersion: s.drawVersion(t, id)}
	want, refusal := s.deleteProject(req)
	compare(s, deleteProjectRoute, req, want, refusal, &pm.ProjectDeleted{}, nil, s.in(id), s.of(id))
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
	want, refusal := s.createItem(req)
	got := &pm.WorkItemCreated{}
	compare(s, createItemRoute, req, want, refusal, got, func() {
		want.WorkItem.Id = got.WorkItem.Id
		s.items[len(s.items)-1].Id = got.WorkItem.Id
	}, s.in(req.ProjectId), func() string { return got.WorkItem.Id })
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
	want, refusal := s.updateItem(req)
	compare(s, updateItemRoute, req, want, refusal, &pm.WorkItemUpdated{}, nil, s.inProjectOf(id), s.of(id))
}

func (s *session) stepMoveItem(t *rapid.T) {
	s.t = t
	id := s.drawItem(t)
	req := &pm.UpdateWorkItemRequest{
		WorkItemId: id, ExpectedVersion: s.drawItemVersion(t, id), UpdateParent: rapid.IntRange(0, 4).Draw(t, "move") > 0,
		ParentId: drawOptional(t, "parent", s.drawItem),
	}
	want, refusal := s.updateItem(req)
	compare(s, updateItemRoute, req, want, refusal, &pm.WorkItemUpdated{}, nil, s.inProjectOf(id), s.of(id))
}

func (s *session) stepDeleteItem(t *rapid.T) {
	s.t = t
	id := s.drawItem(t)
	req := &pm.DeleteWorkItemRequest{WorkItemId: id}
	scope := s.inProjectOf(id)
	want, refusal := s.deleteItem(req)
	compare(s, deleteItemRoute, req, want, refusal, &pm.WorkItemDeleted{}, nil, scope, s.of(id))
}

func (s *session) stepListItems(t *rapid.T) {
	s.t = t
	req := &pm.GetWorkItemsRequest{ProjectId: s.drawProject(t)}
	if rapid.Bool().Draw(t, "with since") {
		req.SinceTimestamp = new(s.now - rapid.Int64Range(-1, 8).Draw(t, "since"))
	}
	want, refusal := s.listItems(req)
	compare(s, getItemsRoute, req, want, refusal, &pm.WorkItemsList{}, nil, nil, nil)
}

func (s *session) stepListProjects(t *rapid.T) {
	s.t = t
	compare(s, listProjectsRoute, &pm.ListProjectsRequest{}, s.listProjects(), "", &pm.ProjectList{}, nil, nil, nil)
}

// stepMember gives or takes a role, as operators do.
func (s *session) stepMember(t *rapid.T) {
	s.t = t
	if len(s.projects) == 0 {
		return
	}
	p := rapid.SampledFrom(s.projects).Draw(t, "project")
	user := rapid.SampledFrom(people).Draw(t, "user")
	r := role(rapid.IntRange(0, 3).Draw(t, "role"))
	s.raw(func(c *guest.Call) {
		drop(c, memberKey(id16(p.Id), uuid(user)))
		drop(c, membershipKey(uuid(user), id16(p.Id)))
		delete(p.roles, user.String())
		if r != nobody {
			addMember(c, id16(p.Id), uuid(user), r)
			p.roles[user.String()] = r.String()
		}
	})
}

func (s *session) stepSprint(t *rapid.T) {
	s.t = t
	if len(s.projects) > 0 && len(s.sprints) < 4 {
		p := rapid.SampledFrom(s.projects).Draw(t, "project").Id
		s.sprints[s.sprint(p, false)] = p
	}
}

func (s *session) stepSomeoneElse(t *rapid.T) {
	user := rapid.SampledFrom(people).Draw(t, "user")
	s.as(user)
	s.user = user.String()
	s.desktop = rapid.IntRange(0, 3).Draw(t, "desktop") == 0
	s.Identity.Mode = abi.AuthToken
	if s.desktop {
		s.Identity.Mode = abi.AuthDesktop
	}
}

func (s *session) stepLater(t *rapid.T) {
	s.TimeMS += rapid.Int64Range(0, 4000).Draw(t, "ms")
	s.now = s.TimeMS / 1000
}

var people = []ref.UUID{ann, ed, vic, sue}

// in returns the scope of a project; inProjectOf that of an item's project; of the id itself in its usual form.
func (s *session) in(project string) func() abi.Scope {
	return func() abi.Scope { return modelScope(canonical(project)) }
}

func (s *session) inProjectOf(item string) func() abi.Scope {
	return func() abi.Scope {
		for _, it := range s.items {
			if it.Id == canonical(item) {
				return modelScope(it.ProjectId)
			}
		}
		return abi.Scope{}
	}
}

func (s *session) of(id string) func() string { return func() string { return canonical(id) } }

func drawTitle(t *rapid.T) string {
	return rapid.SampledFrom([]string{"A", "B", " B ", "C\t", "Ünï", "", "  "}).Draw(t, "title")
}

func drawText(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", " ", "d", " d", "e\n"}).Draw(t, "text")
}

func drawStatus(t *rapid.T) string {
	return rapid.SampledFrom([]string{"backlog", "todo", "in_progress", "review", "done", "blocked", "", "Done"}).Draw(t, "status")
}

func drawPriority(t *rapid.T) string {
	return rapid.SampledFrom([]string{"low", "medium", "high", "critical", "low", "high", "", "urgent"}).Draw(t, "priority")
}

func drawOptional(t *rapid.T, name string, draw func(*rapid.T) string) *string {
	if rapid.Bool().Draw(t, "with "+name) {
		return new(draw(t))
	}
	return nil
}

// drawForm mostly returns id, sometimes in upper case, now and then something that is no such id.
func drawForm(t *rapid.T, ids []string) string {
	n := rapid.IntRange(0, 19).Draw(t, "form")
	switch {
	case n == 0:
		return ""
	case n == 1:
		return "nonsense"
	case n == 2 || len(ids) == 0:
		return unknownID
	case n == 3:
		return strings.ToUpper(rapid.SampledFrom(ids).Draw(t, "id"))
	}
	return rapid.SampledFrom(ids).Draw(t, "id")
}

func (s *session) drawProject(t *rapid.T) string {
	var ids []string
	for _, p := range s.projects {
		ids = append(ids, p.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawItem(t *rapid.T) string {
	var ids []string
	for _, it := range s.items {
		ids = append(ids, it.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawUser(t *rapid.T) string {
	return drawForm(t, []string{ann.String(), ed.String(), vic.String(), sue.String()})
}

func (s *session) drawSprint(t *rapid.T) string {
	ids := make([]string, 0, len(s.sprints))
	for id := range s.sprints {
		ids = append(ids, id)
	}
	// A map has no order, and the test must be repeatable.
	slices.Sort(ids)
	return drawForm(t, ids)
}

func (s *session) drawVersion(t *rapid.T, project string) int32 {
	version := rapid.SampledFrom([]int32{0, 0, 0, 0, 1, -1}).Draw(t, "version off by")
	if p := s.model.project(canonical(project)); p != nil {
		version += p.Version
	}
	return version
}

func (s *session) drawItemVersion(t *rapid.T, item string) int32 {
	version := rapid.SampledFrom([]int32{0, 0, 0, 0, 1, -1}).Draw(t, "version off by")
	if it := s.liveItem(canonical(item)); it != nil {
		version += it.Version
	}
	return version
}
