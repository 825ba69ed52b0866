package board

import (
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// Every kind of record, when broken, must end the call as an internal failure that tells the operator the key and the
// client nothing.
func TestDamagedRecords(t *testing.T) {
	const internal = "The handler failed"
	for name, tc := range map[string]struct {
		key     func(project, item uuid) []byte
		value   []byte
		route   uint32
		request func(project string, it *pm.WorkItem) record
	}{
		"an item that does not decode": {
			key:     func(project, _ uuid) []byte { return items.liveKey(place{project, 1}) },
			value:   []byte{1, 0xff},
			route:   deleteItemRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.DeleteWorkItemRequest{WorkItemId: it.Id} },
		},
		"an item of an unknown version": {
			key:     func(project, _ uuid) []byte { return items.liveKey(place{project, 1}) },
			value:   []byte{2},
			route:   getItemsRoute,
			request: func(project string, _ *pm.WorkItem) record { return &pm.GetWorkItemsRequest{ProjectId: project} },
		},
		"an item in a list that does not decode": {
			key:     func(project, _ uuid) []byte { return items.liveKey(place{project, 1}) },
			value:   []byte{1, 0x0a, 0x7f},
			route:   getItemsRoute,
			request: func(project string, _ *pm.WorkItem) record { return &pm.GetWorkItemsRequest{ProjectId: project} },
		},
		"an empty item": {
			key:     func(project, _ uuid) []byte { return items.liveKey(place{project, 1}) },
			value:   []byte{},
			route:   getItemsRoute,
			request: func(project string, _ *pm.WorkItem) record { return &pm.GetWorkItemsRequest{ProjectId: project} },
		},
		"a locator without a project": {
			key:     func(_, item uuid) []byte { return items.locatorKey(item) },
			value:   []byte{1},
			route:   deleteItemRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.DeleteWorkItemRequest{WorkItemId: it.Id} },
		},
		"a counter that says nothing": {
			key:   func(project, _ uuid) []byte { return itemCounterKey(project) },
			value: []byte{1},
			route: createItemRoute,
			request: func(project string, _ *pm.WorkItem) record {
				return &pm.CreateWorkItemRequest{ProjectId: project, ItemType: task, Title: "T"}
			},
		},
		"a place that names no item": {
			key:   func(project, item uuid) []byte { return siblingKey(project, item, 1, 9) },
			value: []byte{1},
			route: updateItemRoute,
			request: func(_ string, it *pm.WorkItem) record {
				return &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1}
			},
		},
		"a member that does not decode": {
			key:     func(project, _ uuid) []byte { return memberKey(project, uuid(ann)) },
			value:   []byte{1, 0},
			route:   getItemsRoute,
			request: func(project string, _ *pm.WorkItem) record { return &pm.GetWorkItemsRequest{ProjectId: project} },
		},
		"a history that does not decode": {
			key:     func(_, item uuid) []byte { return historyKey(subject{kindWorkItem, item}) },
			value:   []byte{1, 0},
			route:   deleteItemRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.DeleteWorkItemRequest{WorkItemId: it.Id} },
		},
		"a project that does not decode": {
			key:     func(project, _ uuid) []byte { return projectKey(project) },
			value:   []byte{1, 0},
			route:   listProjectsRoute,
			request: func(string, *pm.WorkItem) record { return &pm.ListProjectsRequest{} },
		},
		"a place of an entity that names no owner": {
			key:   func(_, _ uuid) []byte { return comments.locatorKey(id16(unknownID)) },
			value: []byte{1},
			route: deleteCommentRoute,
			request: func(string, *pm.WorkItem) record {
				return &pm.DeleteCommentRequest{CommentId: unknownID}
			},
		},
		"a comment in a list that does not decode": {
			key:     func(_, item uuid) []byte { return comments.liveKey(place{item, 1}) },
			value:   []byte{1, 0x0a, 0x7f},
			route:   getCommentsRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.GetCommentsRequest{WorkItemId: it.Id} },
		},
		"a comment in a list of an unknown version": {
			key:     func(_, item uuid) []byte { return comments.liveKey(place{item, 1}) },
			value:   []byte{9},
			route:   getCommentsRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.GetCommentsRequest{WorkItemId: it.Id} },
		},
		"a sprint in a list that does not decode": {
			key:     func(project, _ uuid) []byte { return sprints.liveKey(place{project, 1}) },
			value:   []byte{1, 0},
			route:   getSprintsRoute,
			request: func(project string, _ *pm.WorkItem) record { return &pm.GetSprintsRequest{ProjectId: project} },
		},
		"an end of a link that does not decode": {
			key:     func(_, item uuid) []byte { return incomingKey(item, id16(unknownID)) },
			value:   []byte{1, 0},
			route:   getLinksRoute,
			request: func(_ string, it *pm.WorkItem) record { return &pm.GetDependenciesRequest{WorkItemId: it.Id} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			project := w.project("P", "PP")
			it := w.item(project, epic, "E", nil)
			key := tc.key(id16(project), id16(it.Id))
			w.raw(func(c *guest.Call) { c.Put(dataSet, key, tc.value) })
			r := w.Call(tc.route, tc.request(project, it).Append(nil))
			if r.Refusal == nil || r.Refusal.Code != abi.CodeInternal || r.Refusal.Message != internal {
				t.Fatalf("refusal is %+v", r.Refusal)
			}
			if digits := hexOf(key); len(r.Log) != 1 || !strings.Contains(r.Log[0], digits) {
				t.Fatalf("log %q does not name %s", r.Log, digits)
			}
		})
	}
}

func hexOf(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(hexDigits[c>>4])
		s.WriteByte(hexDigits[c&15])
	}
	return s.String()
}

// What should be there and is not is no fault of the client's either.
func TestMissingRecords(t *testing.T) {
	for name, tc := range map[string]struct {
		lost func(z *zoo) []byte
		call func(z *zoo) (uint32, record)
	}{
		"a link that both ends have": {
			func(z *zoo) []byte { return dependencies.liveKey(place{id16(z.project), 1}) },
			func(z *zoo) (uint32, record) {
				return getLinksRoute, &pm.GetDependenciesRequest{WorkItemId: z.story.Id}
			},
		},
		"an entry that the order has": {
			func(z *zoo) []byte { return entries.liveKey(place{id16(z.task.Id), 1}) },
			func(z *zoo) (uint32, record) {
				return getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: z.task.Id}
			},
		},
		"the item of an entry": {
			func(z *zoo) []byte { return items.locatorKey(id16(z.task.Id)) },
			func(z *zoo) (uint32, record) { return stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: z.running.Id} },
		},
	} {
		z := newZoo(t)
		z.raw(func(c *guest.Call) { drop(c, tc.lost(z)) })
		route, request := tc.call(z)
		same(t, name, z.refusal(route, request), "INTERNAL_ERROR")
	}
	z := newZoo(t)
	z.raw(linked(z, func(r *pm.Dependency) { r.BlockedItemId = "b" }))
	same(t, "a link to no id", z.refusal(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: z.blocking.Id}), "INTERNAL_ERROR")
}

// A record written by a newer handler keeps what this one does not know.
func TestUnknownFieldsSurviveAnUpdate(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it := w.item(project, epic, "E", nil)
	extra := []byte{0xc2, 0x3e, 1, 'z'} // field 1000, text
	for _, key := range [][]byte{items.liveKey(place{id16(project), 1}), projectKey(id16(project))} {
		w.raw(func(c *guest.Call) {
			value, _ := c.Get(dataSet, key)
			c.Put(dataSet, key, append(value, extra...))
		})
	}
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, Title: new("F")}, nil)
	w.ok(updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: project, ExpectedVersion: 1, Title: new("Q")}, nil)
	w.raw(func(c *guest.Call) {
		var row pm.WorkItem
		_, err := load(c, items.liveKey(place{id16(project), 1}), &row)
		if err != nil || string(row.Unknown) != string(extra) || row.Title != "F" {
			t.Errorf("item: %v, %s", err, show(row))
		}
		p, err := lookUpProject(c, id16(project))
		if err != nil || string(p.Unknown) != string(extra) || p.Title != "Q" {
			t.Errorf("project: %v, %s", err, show(p))
		}
	})
	same(t, "listed", w.list(project)[0].Unknown, extra)

	z := newZoo(t)
	keep := func(key []byte) {
		z.raw(func(c *guest.Call) {
			value, _ := c.Get(dataSet, key)
			c.Put(dataSet, key, append(value, extra...))
		})
	}
	keep(sprints.liveKey(place{id16(z.project), 2}))
	var sprint pm.SprintUpdated
	z.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: z.planned.Id, ExpectedVersion: 1, Name: new("N")}, &sprint)
	keep(comments.liveKey(place{id16(z.task.Id), 1}))
	var comment pm.CommentUpdated
	z.ok(updateCommentRoute, &pm.UpdateCommentRequest{CommentId: z.comment.Id, Content: "n"}, &comment)
	keep(entries.liveKey(place{id16(z.task.Id), 1}))
	var entry pm.TimeEntryUpdated
	z.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: z.finished.Id, Description: new("n")}, &entry)
	same(t, "sprint, comment, time entry", [][]byte{sprint.Sprint.Unknown, comment.Comment.Unknown, entry.TimeEntry.Unknown}, [][]byte{extra, extra, extra})
}
