package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// seed stores a project with live items numbered from first to last, in one call, and returns its id. Every tenth item is
// an epic and the nine behind it are its stories or their tasks; all of a kind follow each other in position.
func seed(w *world, first, last int32) string {
	w.t.Helper()
	project := w.project("Seeded", "SEED")
	w.raw(func(c *guest.Call) {
		user, now := caller(c).String(), c.Now()
		var above [2]*item // the last epic and story
		for n := first; n <= last; n++ {
			it := &item{id: newUUID(c), project: id16(project)}
			it.row = pm.WorkItem{
				Id: it.id.String(), ItemType: epic, ProjectId: project, Position: n, ItemNumber: n, Version: 1,
				Title: "An item with a title of usual length", Description: new("And a sentence or two that describe what is to be done."),
				Status: "in_progress", Priority: "medium", CreatedAt: now, UpdatedAt: now, CreatedBy: user, UpdatedBy: user,
			}
			var parent *item
			switch n % 10 {
			case 0:
				above[0] = it
			case 1, 4, 7:
				it.row.ItemType = story
				parent, above[1] = above[0], it
			default:
				it.row.ItemType = task
				parent = above[1]
			}
			if parent != nil {
				it.parent, it.row.ParentId = parent.id, &parent.row.Id
			}
			insertItem(c, it)
			s := subject{kindWorkItem, it.id}
			store(c, activityKey(s, 0), &pm.ActivityLogEntry{
				Id: newUUID(c).String(), EntityType: "work_item", EntityId: it.row.Id, Action: actionCreated, UserId: user, Timestamp: now,
			})
			store(c, historyKey(s), &pm.History{Next: 1})
		}
		store(c, itemCounterKey(id16(project)), &pm.Counter{Next: int64(last) + 1})
	})
	return project
}
