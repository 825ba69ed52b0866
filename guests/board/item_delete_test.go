package board

import (
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func TestDeleteItem(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it := w.item(project, task, "T", nil)
	w.TimeMS += 7000
	var reply pm.WorkItemDeleted
	r := w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: strings.ToUpper(it.Id)}, &reply)
	same(t, "reply", &reply, &pm.WorkItemDeleted{WorkItemId: it.Id, UserId: ann.String()})
	scopes := []abi.Scope{{Kind: abi.ScopeProject, ID: string(id16b(project))}}
	var entry pm.ActivityLogCreated
	if len(r.Events) != 2 || entry.Parse(r.Events[0].Payload) != nil {
		t.Fatalf("events: %s", show(r.Events))
	}
	same(t, "activity", entry.Entry, &pm.ActivityLogEntry{
		Id: entry.Entry.Id, EntityType: "work_item", EntityId: it.Id, Action: "deleted", UserId: ann.String(), Timestamp: w.TimeMS / 1000,
	})
	same(t, "events", r.Events, []guest.Event{
		{Scopes: scopes, Route: 142, Payload: entry.Append(nil)},
		{Scopes: scopes, Route: 42, Payload: r.Reply},
	})
	same(t, "list", len(w.list(project)), 0)
	w.fsck()

	var since pm.WorkItemsList
	w.ok(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project, SinceTimestamp: new(int64(0))}, &since)
	want := *it
	want.DeletedAt, want.UpdatedAt = new(w.TimeMS/1000), w.TimeMS/1000
	same(t, "what is left", since.WorkItems, []*pm.WorkItem{&want})
}

func TestDeleteItemRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	e := w.item(project, epic, "E", nil)
	for range 3 {
		w.item(project, story, "S", e)
	}
	dead := w.item(project, task, "T", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: dead.Id}, nil)
	for _, tc := range []struct {
		name, id, want, text string
		user                 [16]byte
	}{
		{"an id that is none", "x", "VALIDATION_ERROR work_item_id", "", sue},
		{"an item nobody knows, before permission", unknownID, "NOT_FOUND", "not found", sue},
		{"an item that is deleted already", dead.Id, "NOT_FOUND", "not found", ann},
		{"an editor, before the children", e.Id, "UNAUTHORIZED", "", ed},
		{"an item with children", e.Id, "DELETE_BLOCKED", "3", ann},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: tc.id})
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestDeleteItemWhoseChildrenAreGone(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", e)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: s.Id}, nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: e.Id}, nil)
	w.fsck()
}
