package board

import (
	"math"
	"strings"
	"testing"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// What no lost record causes.
func TestTheCheckKnowsTheRules(t *testing.T) {
	z := newZoo(t)
	project := uuid(id16(z.project))
	itemAt := func(it *pm.WorkItem) []byte { return items.liveKey(place{project, it.ItemNumber}) }
	item := func(it *pm.WorkItem, f func(*pm.WorkItem)) func(*guest.Call) {
		return func(c *guest.Call) { rewrite(c, itemAt(it), f) }
	}
	sprintAt := func(n int32) []byte { return sprints.liveKey(place{project, n}) }
	entryAt := func(n int32) []byte { return entries.liveKey(place{id16(z.task.Id), n}) }
	for name, damage := range map[string]func(c *guest.Call){
		"a version of 0":                   item(z.task, func(r *pm.WorkItem) { r.Version = 0 }),
		"no title":                         item(z.task, func(r *pm.WorkItem) { r.Title = "" }),
		"an unknown status":                item(z.task, func(r *pm.WorkItem) { r.Status = "open" }),
		"an unknown priority":              item(z.task, func(r *pm.WorkItem) { r.Priority = "" }),
		"stored ancestors":                 item(z.task, func(r *pm.WorkItem) { r.AncestorIds = []string{z.story.Id} }),
		"stored descendants":               item(z.epic, func(r *pm.WorkItem) { r.DescendantIds = []string{z.story.Id} }),
		"a live item with deleted_at":      item(z.task, func(r *pm.WorkItem) { r.DeletedAt = new(int64(1)) }),
		"an id in upper case":              item(z.task, func(r *pm.WorkItem) { r.Id = strings.ToUpper(r.Id) }),
		"another number":                   item(z.task, func(r *pm.WorkItem) { r.ItemNumber = 77 }),
		"another project":                  item(z.task, func(r *pm.WorkItem) { r.ProjectId = z.closed }),
		"another position":                 item(z.task, func(r *pm.WorkItem) { r.Position += 7 }),
		"an assignee nobody knows":         item(z.task, func(r *pm.WorkItem) { r.AssigneeId = new(unknownID) }),
		"a sprint nobody knows":            item(z.task, func(r *pm.WorkItem) { r.SprintId = new(unknownID) }),
		"a parent nobody knows":            item(z.task, func(r *pm.WorkItem) { r.ParentId = new(unknownID) }),
		"a parent that is no id":           item(z.task, func(r *pm.WorkItem) { r.ParentId = new("p") }),
		"a deleted parent":                 item(z.task, func(r *pm.WorkItem) { r.ParentId = &z.gone.Id }),
		"a task below an epic":             moved(z, z.task, z.epic),
		"an item below itself":             moved(z, z.task, z.task),
		"a circle of items":                moved(z, z.epic, z.story),
		"a number from the future":         func(c *guest.Call) { store(c, itemCounterKey(project), &pm.Counter{Next: 2}) },
		"a counter beyond the numbers":     func(c *guest.Call) { store(c, itemCounterKey(project), &pm.Counter{Next: math.MaxInt32 + 1}) },
		"a counter of no project":          func(c *guest.Call) { store(c, itemCounterKey(id16(unknownID)), &pm.Counter{Next: 1}) },
		"a project without a title":        func(c *guest.Call) { rewrite(c, projectKey(project), func(r *pm.Project) { r.Title = "" }) },
		"a project without a status":       func(c *guest.Call) { rewrite(c, projectKey(project), func(r *pm.Project) { r.Status = 0 }) },
		"a project that knows its counter": func(c *guest.Call) { rewrite(c, projectKey(project), func(r *pm.Project) { r.NextWorkItemNumber = 5 }) },
		"a live project with deleted_at": func(c *guest.Call) {
			rewrite(c, projectKey(project), func(r *pm.Project) { r.DeletedAt = new(int64(1)) })
		},
		"another key": func(c *guest.Call) { rewrite(c, projectKey(project), func(r *pm.Project) { r.Key = "QQ" }) },
		"two keys":    func(c *guest.Call) { store(c, projectNameKey("QQ"), &pm.Ref{Id: project[:]}) },
		"a live project that is deleted too": func(c *guest.Call) {
			store(c, deletedProjectKey(project), &pm.Project{Id: z.project, Version: 1, Title: "T", Status: 1, DeletedAt: new(int64(1))})
		},
		"an unknown role":           func(c *guest.Call) { rewrite(c, memberKey(project, uuid(ed)), func(r *pm.Member) { r.Role = "owner" }) },
		"a member without id":       func(c *guest.Call) { rewrite(c, memberKey(project, uuid(ed)), func(r *pm.Member) { r.Id = nil }) },
		"a member of no project":    func(c *guest.Call) { addMember(c, id16(unknownID), uuid(ed), editor) },
		"a membership elsewhere":    func(c *guest.Call) { store(c, membershipKey(uuid(ed), project), &pm.Ref{Id: ed[:]}) },
		"an unknown sprint status":  func(c *guest.Call) { rewrite(c, sprintAt(2), func(r *pm.Sprint) { r.Status = 7 }) },
		"a sprint without a name":   func(c *guest.Call) { rewrite(c, sprintAt(2), func(r *pm.Sprint) { r.Name = "" }) },
		"a sprint that ends before": func(c *guest.Call) { rewrite(c, sprintAt(2), func(r *pm.Sprint) { r.EndDate = 5 }) },
		"two active sprints":        func(c *guest.Call) { rewrite(c, sprintAt(2), func(r *pm.Sprint) { r.Status = pm.SprintStatus_ACTIVE }) },
		"an active one that is not": func(c *guest.Call) {
			rewrite(c, sprintAt(1), func(r *pm.Sprint) { r.Status = pm.SprintStatus_PLANNED })
		},
		"a comment without content": func(c *guest.Call) {
			rewrite(c, comments.liveKey(place{id16(z.task.Id), 1}), func(r *pm.Comment) { r.Content = "" })
		},
		"a wrong duration": func(c *guest.Call) {
			rewrite(c, entryAt(1), func(r *pm.TimeEntry) { r.DurationSeconds = new(int32(5)) })
		},
		"no duration":             func(c *guest.Call) { rewrite(c, entryAt(1), func(r *pm.TimeEntry) { r.DurationSeconds = nil }) },
		"an end before the start": func(c *guest.Call) { rewrite(c, entryAt(1), func(r *pm.TimeEntry) { r.EndedAt = new(int64(5)) }) },
		"another start": func(c *guest.Call) {
			rewrite(c, entryAt(1), func(r *pm.TimeEntry) { r.StartedAt--; *r.DurationSeconds++ })
		},
		"a finished entry that runs": func(c *guest.Call) {
			rewrite(c, entryAt(1), func(r *pm.TimeEntry) { r.EndedAt, r.DurationSeconds = nil, nil })
		},
		"another's timer":             func(c *guest.Call) { rewrite(c, entryAt(4), func(r *pm.TimeEntry) { r.UserId = vic.String() }) },
		"two timers of a user":        func(c *guest.Call) { rewrite(c, entryAt(4), func(r *pm.TimeEntry) { r.UserId = ed.String() }) },
		"a timer of nobody":           func(c *guest.Call) { rewrite(c, entryAt(4), func(r *pm.TimeEntry) { r.UserId = "" }) },
		"a link of an unknown type":   linked(z, func(r *pm.Dependency) { r.DependencyType = 3 }),
		"a link of the other type":    linked(z, func(r *pm.Dependency) { r.DependencyType = relates }),
		"a link to itself":            linked(z, func(r *pm.Dependency) { r.BlockedItemId = r.BlockingItemId }),
		"a link to nothing":           linked(z, func(r *pm.Dependency) { r.BlockedItemId = unknownID }),
		"a link to no id":             linked(z, func(r *pm.Dependency) { r.BlockedItemId = "b" }),
		"a link to another item":      linked(z, func(r *pm.Dependency) { r.BlockedItemId = z.task.Id }),
		"a circle of links":           func(c *guest.Call) { forceLink(c, project, z.task, z.epic) },
		"a circle of two links":       func(c *guest.Call) { forceLink(c, project, z.story, z.epic) },
		"a link from another project": func(c *guest.Call) { forceLink(c, id16(z.closed), z.task, z.epic) },
		"an end of no link": func(c *guest.Call) {
			store(c, outgoingKey(id16(z.task.Id), id16(z.epic.Id)), &pm.Link{Number: 1, Blocks: true})
		},
		"a history of nothing": func(c *guest.Call) {
			store(c, historyKey(items.subject(id16(unknownID))), &pm.History{Next: 1, First: 1})
		},
		"a history of an unknown kind": func(c *guest.Call) { store(c, historyKey(subject{9, id16(z.task.Id)}), &pm.History{Next: 1, First: 1}) },
		"a history that counts too much": func(c *guest.Call) {
			rewrite(c, historyKey(items.subject(id16(z.task.Id))), func(r *pm.History) { r.Next++ })
		},
		"a history that begins too late": func(c *guest.Call) {
			rewrite(c, historyKey(items.subject(id16(z.task.Id))), func(r *pm.History) { r.First++ })
		},
		"a row behind the end": func(c *guest.Call) {
			rewrite(c, historyKey(items.subject(id16(z.task.Id))), func(r *pm.History) { r.Next-- })
		},
		"a history that ends before it begins": func(c *guest.Call) {
			rewrite(c, historyKey(items.subject(id16(z.task.Id))), func(r *pm.History) { r.First = r.Next + 1 })
		},
		"a row of another time":        row(z, func(r *pm.ActivityLogEntry) { r.Timestamp -= 1000 }),
		"a row of another entity":      row(z, func(r *pm.ActivityLogEntry) { r.EntityId = z.epic.Id }),
		"a row of another kind":        row(z, func(r *pm.ActivityLogEntry) { r.EntityType = "sprint" }),
		"a second creation":            row(z, func(r *pm.ActivityLogEntry) { r.Action = "created" }),
		"an unknown action":            row(z, func(r *pm.ActivityLogEntry) { r.Action = "moved" }),
		"the deletion of what is live": row(z, func(r *pm.ActivityLogEntry) { r.Action = "deleted" }),
		"a row without an id":          row(z, func(r *pm.ActivityLogEntry) { r.Id = "" }),
	} {
		z.damaged(name, damage)
	}
	z.fsck()
}

// A call that lost a conflict is committed behind the one that won it, and may have begun before it.
func TestRowsMayBeOlderThanThoseBeforeByTheLengthOfACall(t *testing.T) {
	z := newZoo(t)
	z.raw(row(z, func(r *pm.ActivityLogEntry) { r.Timestamp -= longestCall }))
	z.fsck()
	z.damaged("longer than that", row(z, func(r *pm.ActivityLogEntry) { r.Timestamp-- }))
}
