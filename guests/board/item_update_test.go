package board

import (
	"math"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func change(field string, before, after *string) *pm.FieldChange {
	return &pm.FieldChange{FieldName: field, OldValue: before, NewValue: after}
}

func TestUpdateItemListsEveryChangeInOrder(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	sprint := w.sprint(project).Id
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", nil)
	k := w.item(project, task, "T", s)
	w.as(ed).TimeMS += 60_000
	var reply pm.WorkItemUpdated
	r := w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: strings.ToUpper(s.Id), ExpectedVersion: 1, Title: new(" S2 "), Description: new(" d "), Status: new("done"),
		AssigneeId: new(strings.ToUpper(vic.String())), SprintId: new("{" + sprint + "}"), Position: new(int32(7)), Priority: new("high"),
		StoryPoints: new(int32(0)), ParentId: new(strings.ToUpper(e.Id)), UpdateParent: true,
	}, &reply)

	want := *s
	want.Title, want.Description, want.Status, want.AssigneeId = "S2", new("d"), "done", new(vic.String())
	want.SprintId, want.Position, want.Priority, want.StoryPoints = &sprint, 7, "high", new(int32(0))
	want.ParentId, want.Version, want.UpdatedAt, want.UpdatedBy = &e.Id, 2, s.UpdatedAt+60, ed.String()
	want.AncestorIds, want.DescendantIds = []string{e.Id}, []string{k.Id}
	list := []*pm.FieldChange{
		change("title", new("S"), new("S2")),
		change("description", new(""), new("d")),
		change("status", new("backlog"), new("done")),
		change("assignee_id", new(""), new(vic.String())),
		change("position", new("2"), new("7")),
		change("parent_id", nil, &e.Id),
		change("priority", new("medium"), new("high")),
		change("story_points", nil, new("0")),
		change("sprint_id", nil, &sprint),
	}
	same(t, "reply", &reply, &pm.WorkItemUpdated{WorkItem: &want, Changes: list, UserId: ed.String()})

	scopes := []abi.Scope{{Kind: abi.ScopeProject, ID: string(id16b(project))}}
	same(t, "number of events", len(r.Events), 10)
	for i, c := range list {
		var got pm.ActivityLogCreated
		if err := got.Parse(r.Events[i].Payload); err != nil || r.Events[i].Route != 142 {
			t.Fatalf("event %d: %v, route %d", i, err, r.Events[i].Route)
		}
		same(t, "scopes", r.Events[i].Scopes, scopes)
		same(t, "activity of "+c.FieldName, got.Entry, &pm.ActivityLogEntry{
			Id: got.Entry.Id, EntityType: "work_item", EntityId: s.Id, Action: "updated", UserId: ed.String(), Timestamp: want.UpdatedAt,
			FieldName: &c.FieldName, OldValue: c.OldValue, NewValue: c.NewValue, Comment: new("9 fields changed"),
		})
	}
	same(t, "last event", r.Events[9], guest.Event{Scopes: scopes, Route: 41, Payload: r.Reply})
	w.fsck()

	// And back to nothing, where there is a way back.
	r = w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: s.Id, ExpectedVersion: 2, Description: new("  "), AssigneeId: new(""), SprintId: new(""), UpdateParent: true,
	}, &pm.WorkItemUpdated{})
	var back pm.WorkItemUpdated
	if err := back.Parse(r.Reply); err != nil {
		t.Fatal(err)
	}
	same(t, "changes back", back.Changes, []*pm.FieldChange{
		change("description", new("d"), new("")),
		change("assignee_id", new(vic.String()), new("")),
		change("parent_id", &e.Id, nil),
		change("sprint_id", &sprint, nil),
	})
	want.Description, want.AssigneeId, want.SprintId, want.ParentId = new(""), nil, nil, nil
	want.Version, want.AncestorIds = 3, nil
	same(t, "item", back.WorkItem, &want)
	w.fsck()
}

func TestUpdateItemWithoutAChangeDoesNothing(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", e)
	sprint := w.sprint(project).Id
	var full pm.WorkItemUpdated
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: s.Id, ExpectedVersion: 1, AssigneeId: new(ed.String()), SprintId: &sprint, StoryPoints: new(int32(3)),
	}, &full)
	for name, req := range map[string]*pm.UpdateWorkItemRequest{
		"nothing sent":                    {},
		"a parent without update_parent":  {ParentId: new("nonsense")},
		"the same in another form":        {AssigneeId: new("{" + strings.ToUpper(ed.String()) + "}"), SprintId: new("urn:uuid:" + sprint)},
		"the same with blanks around":     {Title: new("  S "), Description: new(" \n")},
		"everything as it is":             {Title: new("S"), Description: new(""), Status: new("backlog"), Priority: new("medium"), AssigneeId: new(ed.String()), SprintId: &sprint, Position: new(int32(1)), StoryPoints: new(int32(3)), UpdateParent: true, ParentId: &e.Id},
		"an empty description for no one": {Description: new("")},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.TimeMS += 5000
			before := w.Pairs(dataSet)
			req.WorkItemId, req.ExpectedVersion = s.Id, 2
			var reply pm.WorkItemUpdated
			r := w.ok(updateItemRoute, req, &reply)
			same(t, "reply", &reply, &pm.WorkItemUpdated{WorkItem: full.WorkItem, UserId: ann.String()})
			same(t, "events", len(r.Events), 0)
			same(t, "store", w.Pairs(dataSet), before)
		})
	}
}

// A sprint that was deleted, a limit that was lowered, a title from an import: what is stored may be sent back.
func TestUpdateItemTakesBackWhatItGave(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it := w.item(project, task, strings.Repeat("t", 200), nil)
	sprint := w.sprint(project).Id
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, SprintId: &sprint, StoryPoints: new(int32(100)), Description: new("long")}, nil)
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: sprint}, nil)
	w.Settings["validation.max_title_length"] = "3"
	w.Settings["validation.max_description_length"] = "3"
	w.Settings["validation.max_story_points"] = "8"
	var reply pm.WorkItemUpdated
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: it.Id, ExpectedVersion: 2, Title: &it.Title, Description: new("long"), SprintId: &sprint, StoryPoints: new(int32(100)), Status: new("done"),
	}, &reply)
	same(t, "changes", reply.Changes, []*pm.FieldChange{change("status", new("backlog"), new("done"))})
}

func TestUpdateItemRefuses(t *testing.T) {
	w := newWorld(t)
	project, other := w.project("P", "PP"), w.project("Q", "QQ")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", e)
	k := w.item(project, task, "T", s)
	foreign := w.item(other, epic, "E", nil)
	dead := w.item(project, epic, "D", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: dead.Id}, nil)
	for range 4 {
		w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: s.Id, ExpectedVersion: w.version(project, s.Id), Position: new(w.version(project, s.Id) + 1)}, nil)
	}
	gone, theirs := w.sprint(project).Id, w.sprint(other).Id
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: gone}, nil)
	long := strings.Repeat("d", 10_001)
	bad := int32(-1)

	type update = pm.UpdateWorkItemRequest
	for _, tc := range []struct {
		name string
		user [16]byte
		req  update
		want string
		text string
	}{
		{"an id that is none", sue, update{WorkItemId: "w1"}, "VALIDATION_ERROR work_item_id", ""},
		{"an item nobody knows, before permission", sue, update{WorkItemId: unknownID}, "NOT_FOUND", "not found"},
		{"a deleted item", ann, update{WorkItemId: dead.Id, ExpectedVersion: 1}, "NOT_FOUND", "not found"},
		{"a stranger, before the version", sue, update{WorkItemId: s.Id}, "UNAUTHORIZED", ""},
		{"a viewer", vic, update{WorkItemId: s.Id, ExpectedVersion: 5}, "UNAUTHORIZED", ""},
		{"a version that was not sent, before the parent", ed, update{WorkItemId: s.Id, UpdateParent: true, ParentId: new("x")}, "CONFLICT", "5"},
		{"an old version", ed, update{WorkItemId: s.Id, ExpectedVersion: 4}, "CONFLICT", "5"},
		{"a version from the future", ed, update{WorkItemId: s.Id, ExpectedVersion: 6}, "CONFLICT", "5"},
		{"a parent id that is none, before the title", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: new("x"), Title: new("")}, "VALIDATION_ERROR parent_id", ""},
		{"itself as parent", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: &s.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a parent nobody knows", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: new(unknownID)}, "VALIDATION_ERROR parent_id", ""},
		{"a deleted parent", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: &dead.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a parent in another project", ann, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: &foreign.Id}, "VALIDATION_ERROR parent_id", ""},
		{"its own child as parent", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, UpdateParent: true, ParentId: &k.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a parent for an epic", ed, update{WorkItemId: e.Id, ExpectedVersion: 1, UpdateParent: true, ParentId: &s.Id}, "VALIDATION_ERROR parent_id", ""},
		{"an epic for a task", ed, update{WorkItemId: k.Id, ExpectedVersion: 1, UpdateParent: true, ParentId: &e.Id}, "VALIDATION_ERROR parent_id", ""},
		{"an empty title, before the description", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Title: new(" "), Description: &long}, "INVALID_MESSAGE title", "title"},
		{"a long title", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Title: new(strings.Repeat("t", 201))}, "INVALID_MESSAGE title", "title"},
		{"a long description, before the status", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Description: &long, Status: new("x")}, "VALIDATION_ERROR description", "description"},
		{"an unknown status, before the priority", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Status: new("x"), Priority: new("x")}, "VALIDATION_ERROR status", ""},
		{"an unknown priority, before the assignee", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Priority: new("x"), AssigneeId: new("x")}, "VALIDATION_ERROR priority", ""},
		{"an unknown priority and nothing else", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Priority: new("")}, "VALIDATION_ERROR priority", ""},
		{"an assignee that is no id, before the sprint", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, AssigneeId: new("x"), SprintId: new("x")}, "VALIDATION_ERROR assignee_id", ""},
		{"an assignee nobody knows", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, AssigneeId: new(sue.String())}, "VALIDATION_ERROR assignee_id", ""},
		{"a sprint that is no id, before the position", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, SprintId: new("x"), Position: &bad}, "VALIDATION_ERROR sprint_id", ""},
		{"a sprint nobody knows", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, SprintId: new(unknownID)}, "VALIDATION_ERROR sprint_id", ""},
		{"a deleted sprint", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, SprintId: &gone}, "VALIDATION_ERROR sprint_id", ""},
		{"a sprint of another project", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, SprintId: &theirs}, "VALIDATION_ERROR sprint_id", ""},
		{"a negative position, before the story points", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, Position: &bad, StoryPoints: &bad}, "VALIDATION_ERROR position", ""},
		{"negative story points", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, StoryPoints: &bad}, "VALIDATION_ERROR story_points", ""},
		{"101 story points", ed, update{WorkItemId: s.Id, ExpectedVersion: 5, StoryPoints: new(int32(101))}, "VALIDATION_ERROR story_points", "100"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(updateItemRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

// version returns the current version of an item.
func (w *world) version(project, id string) int32 {
	for _, it := range w.list(project) {
		if it.Id == id {
			return it.Version
		}
	}
	w.t.Fatalf("no item %s", id)
	return 0
}

func TestUpdateItemKeepsThePositionWhenItMoves(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	a, b := w.item(project, epic, "A", nil), w.item(project, epic, "B", nil)
	first := w.item(project, story, "1", a)
	second := w.item(project, story, "2", a)
	third := w.item(project, story, "3", b)
	var reply pm.WorkItemUpdated
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: second.Id, ExpectedVersion: 1, UpdateParent: true, ParentId: &b.Id}, &reply)
	same(t, "position", reply.WorkItem.Position, int32(2))
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: first.Id, ExpectedVersion: 1, UpdateParent: true, ParentId: &b.Id}, &reply)
	w.fsck()
	var children []string
	for _, it := range w.list(project) {
		if it.Id == b.Id {
			children = it.DescendantIds
		}
	}
	same(t, "equal positions go by number", children, []string{first.Id, third.Id, second.Id})
}

func TestVersionsEnd(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it := w.item(project, task, "T", nil)
	w.raw(func(c *guest.Call) {
		found, err := lookUpItem(c, id16(it.Id))
		if err != nil {
			t.Fatal(err)
		}
		found.row.Version = math.MaxInt32
		replaceItem(c, found, found)
	})
	req := &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: math.MaxInt32, Title: new("U")}
	code, text := w.refusalText(updateItemRoute, req)
	if code != "CONFLICT" || !strings.Contains(text, "2147483647") {
		t.Fatalf("got %s %q", code, text)
	}
	req.Title = nil
	w.ok(updateItemRoute, req, nil)
}
