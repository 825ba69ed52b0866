package board

import (
	"math"
	"strings"
	"testing"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// history returns a page of an entity's activity.
func (w *world) history(kind, id string, limit, offset int32) *pm.ActivityLogList {
	w.t.Helper()
	var reply pm.ActivityLogList
	w.ok(getActivityRoute, &pm.GetActivityLogRequest{EntityType: kind, EntityId: id, Limit: limit, Offset: offset}, &reply)
	return &reply
}

func TestEveryEntityHasAHistory(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it, other := w.item(project, task, "T", nil), w.item(project, task, "O", nil)
	sprint, c, e, l := w.sprint(project), w.comment(it, "c"), w.entry(it, 1), w.link(it, other)
	ids := map[string]string{"comment": c.Id, "time_entry": e.Id, "dependency": l.Id, "sprint": sprint.Id, "work_item": it.Id, "project": project}
	for _, deletion := range []struct {
		kind  string
		route uint32
		req   record
	}{
		{"comment", deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: c.Id}},
		{"time_entry", deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: e.Id}},
		{"dependency", deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: l.Id}},
		{"sprint", deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: sprint.Id}},
		{"", deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: other.Id}},
		{"work_item", deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: it.Id}},
		{"project", deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: project, ExpectedVersion: 1}},
	} {
		w.TimeMS += 1000
		w.ok(deletion.route, deletion.req, nil)
	}
	for kind, id := range ids { // all of them deleted by now, and on a deleted item
		list := w.history(kind, strings.ToUpper(id), 0, 0)
		same(t, kind, [3]any{list.TotalCount, list.HasMore, len(list.Entries)}, [3]any{int32(2), false, 2})
		same(t, kind, [2]string{list.Entries[0].Action, list.Entries[1].Action}, [2]string{"deleted", "created"})
	}
	w.fsck()
}

func TestHistoriesArePaged(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "0", nil)
	const rows = 120
	for i := range int32(rows - 1) {
		w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: i + 1, Title: decimal(new(i + 1))}, nil)
	}
	for _, tc := range []struct {
		name          string
		limit, offset int32
		first, n      int // the newest row of the page, counted from the newest of all
		more          bool
	}{
		{"without limit", 0, 0, 0, 50, true},
		{"a negative limit and offset", -1, -1, 0, 1, true},
		{"in the middle", 3, 7, 7, 3, true},
		{"the largest page", 101, 0, 0, 100, true},
		{"up to the row before the last", 19, 100, 100, 19, true},
		{"up to the last", 20, 100, 100, 20, false},
		{"behind the end", 20, 120, 120, 0, false},
		{"far behind the end", math.MaxInt32, math.MaxInt32, 0, 0, false},
		{"the smallest numbers", math.MinInt32, math.MinInt32, 0, 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			list := w.history("work_item", it.Id, tc.limit, tc.offset)
			same(t, "page", [3]any{list.TotalCount, list.HasMore, len(list.Entries)}, [3]any{int32(rows), tc.more, tc.n})
			for i, row := range list.Entries {
				title := rows - 1 - tc.first - i
				if title == 0 {
					same(t, "the first row", row.Action, "created")
					continue
				}
				same(t, "row", row.NewValue, decimal(new(int32(title))))
			}
			if work := w.Work.Gets; work > tc.n+5 {
				t.Errorf("%d reads for %d rows", work, tc.n)
			}
		})
	}
}

func TestHistoriesRefuse(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	it := w.item(project, task, "T", nil)
	c := w.comment(it, "c")
	type get = pm.GetActivityLogRequest
	for _, tc := range []struct {
		name string
		req  get
		want string
	}{
		{"an id that is none, before the type", get{EntityType: "x"}, "VALIDATION_ERROR entity_id"},
		{"no type, before the entity", get{EntityId: unknownID}, "VALIDATION_ERROR entity_type"},
		{"a type in upper case", get{EntityId: it.Id, EntityType: "Work_Item"}, "VALIDATION_ERROR entity_type"},
		{"an item nobody knows, before permission", get{EntityId: unknownID, EntityType: "work_item"}, "NOT_FOUND"},
		{"a project nobody knows", get{EntityId: unknownID, EntityType: "project"}, "NOT_FOUND"},
		{"a comment nobody knows", get{EntityId: unknownID, EntityType: "comment"}, "NOT_FOUND"},
		{"a comment asked for as a time entry", get{EntityId: c.Id, EntityType: "time_entry"}, "NOT_FOUND"},
		{"an item of others", get{EntityId: it.Id, EntityType: "work_item"}, "UNAUTHORIZED"},
		{"a project of others", get{EntityId: project, EntityType: "project"}, "UNAUTHORIZED"},
		{"a comment of others", get{EntityId: c.Id, EntityType: "comment"}, "UNAUTHORIZED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			same(t, "refusal", w.as(sue).refusal(getActivityRoute, &tc.req), tc.want)
		})
	}
}

func TestARowThatIsMissingIsAnInternalError(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	w.raw(func(c *guest.Call) { drop(c, activityKey(items.subject(id16(it.Id)), 0)) })
	same(t, "refusal", w.refusal(getActivityRoute, &pm.GetActivityLogRequest{EntityType: "work_item", EntityId: it.Id}), "INTERNAL_ERROR")
}
