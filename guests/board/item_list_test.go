package board

import (
	"testing"

	"workcell/guests/board/pm"
)

func TestListItemsIsInOrderWithHierarchy(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	e := w.item(project, epic, "E", nil)
	s1 := w.item(project, story, "S1", e)
	s2 := w.item(project, story, "S2", e)
	k21 := w.item(project, task, "K21", s2)
	k11 := w.item(project, task, "K11", s1)
	k12 := w.item(project, task, "K12", s1)
	w.item(w.project("Q", "QQ"), task, "elsewhere", nil)

	e.DescendantIds = []string{s1.Id, s2.Id, k11.Id, k12.Id, k21.Id}
	s1.DescendantIds = []string{k11.Id, k12.Id}
	s2.DescendantIds = []string{k21.Id}
	w.TimeMS += 1999
	var reply pm.WorkItemsList
	w.ok(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project}, &reply)
	same(t, "list", &reply, &pm.WorkItemsList{
		WorkItems:     []*pm.WorkItem{e, s1, k21, k11, s2, k12}, // positions 1 1 1 1 2 2
		AsOfTimestamp: w.TimeMS / 1000,
	})
}

func TestListItemsOfAnEmptyProjectHasOnlyTheTime(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	r := w.ok(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project}, nil)
	same(t, "reply", r.Reply, (&pm.WorkItemsList{AsOfTimestamp: w.TimeMS / 1000}).Append(nil))
}

func TestListItemsSince(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	e := w.item(project, epic, "E", nil)
	gone := w.item(project, task, "gone early", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: gone.Id}, nil)
	start := w.TimeMS / 1000

	w.TimeMS += 10_000
	s := w.item(project, story, "S", e)
	dead := w.item(project, story, "D", e)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: dead.Id}, nil)
	k := w.item(project, task, "K", s)
	dead.DeletedAt = new(start + 10)
	s.DescendantIds = []string{k.Id}
	e.DescendantIds = []string{s.Id, k.Id}
	gone.DeletedAt = &start

	for _, tc := range []struct {
		name  string
		since int64
		want  []*pm.WorkItem
	}{
		{"nothing has changed after the last change", start + 11, nil},
		{"the second of a change counts, and relatives are named though not listed", start + 10, []*pm.WorkItem{s, k, dead}},
		{"the second after a change does not", start + 1, []*pm.WorkItem{s, k, dead}},
		{"all from the beginning on", start, []*pm.WorkItem{e, s, k, gone, dead}},
		{"time zero is a time", 0, []*pm.WorkItem{e, s, k, gone, dead}},
		{"a time before all times", -5, []*pm.WorkItem{e, s, k, gone, dead}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var reply pm.WorkItemsList
			w.ok(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project, SinceTimestamp: &tc.since}, &reply)
			same(t, "items", reply.WorkItems, tc.want)
			same(t, "time", reply.AsOfTimestamp, start+10)
		})
	}
}

func TestListItemsRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.as(sue)
	same(t, "no id", w.refusal(getItemsRoute, &pm.GetWorkItemsRequest{}), "VALIDATION_ERROR project_id")
	same(t, "a stranger", w.refusal(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project}), "UNAUTHORIZED")
	same(t, "unknown", w.refusal(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: unknownID}), "UNAUTHORIZED")
}

// The reply is put together from stored bytes in pieces; it must read like one made of whole messages.
func TestListItemsOfALargeProject(t *testing.T) {
	w := newWorld(t)
	project := seed(w, 1, 3000)
	items := w.list(project)
	same(t, "items", len(items), 3000)
	byID := map[string]*pm.WorkItem{}
	for _, it := range items {
		byID[it.Id] = it
	}
	for i, it := range items {
		if i > 0 && (items[i-1].Position > it.Position || items[i-1].Position == it.Position && items[i-1].ItemNumber > it.ItemNumber) {
			t.Fatalf("item %d is out of order", i)
		}
		var above []string
		for at := it; at.ParentId != nil; at = byID[*at.ParentId] {
			above = append(above, *at.ParentId)
		}
		same(t, "ancestors", it.AncestorIds, above)
	}
}
