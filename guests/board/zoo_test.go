package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A zoo is a world with something of every kind in it.
type zoo struct {
	*world
	project, closed             string
	epic, story, task, gone     *pm.WorkItem
	active, planned             *pm.Sprint
	comment                     *pm.Comment
	finished, running           *pm.TimeEntry
	blocking, chained, relation *pm.Dependency
}

func newZoo(t fataler) *zoo {
	w := newWorld(t)
	z := &zoo{world: w, project: w.project("P", "PP"), closed: w.project("C", "CC")}
	w.member(z.project, ed, editor)
	w.member(z.project, vic, viewer)
	z.epic = w.item(z.project, epic, "E", nil)
	z.story = w.item(z.project, story, "S", z.epic)
	z.task = w.item(z.project, task, "T", z.story)
	z.gone = w.item(z.project, task, "G", z.story)
	z.active, z.planned = w.sprint(z.project), w.sprint(z.project)
	w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: z.active.Id, ExpectedVersion: 1, Status: new(pm.SprintStatus_ACTIVE)}, nil)
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: w.sprint(z.project).Id}, nil)
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: z.task.Id, ExpectedVersion: 1, AssigneeId: new(ed.String()), SprintId: &z.active.Id, Title: new("T2"),
	}, nil)
	z.comment = w.comment(z.task, "c")
	w.comment(z.gone, "c")
	w.ok(deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: w.comment(z.task, "c").Id}, nil)
	z.finished = w.entry(z.task, 1)
	w.ok(deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: w.timer(z.task).Id}, nil)
	w.as(ed).timer(z.task)
	z.running = w.as(ann).timer(z.task)
	z.blocking, z.chained = w.link(z.epic, z.story), w.link(z.story, z.task)
	var reply pm.DependencyCreated
	w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: z.task.Id, BlockedItemId: z.gone.Id, DependencyType: relates}, &reply)
	z.relation = reply.Dependency
	w.ok(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: w.link(z.epic, z.gone).Id}, nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: z.gone.Id}, nil)
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: z.closed, ExpectedVersion: 1}, nil)
	return z
}

// damaged makes the damage and fails unless both ways of looking find it. It undoes the damage.
func (z *zoo) damaged(what string, damage func(c *guest.Call)) {
	z.t.Helper()
	before := z.Pairs(dataSet)
	z.raw(damage)
	if problems, _ := z.check(); len(problems) == 0 {
		z.t.Fatalf("%s: the board finds nothing", what)
	}
	if len(fsck(z.Pairs(dataSet))) == 0 {
		z.t.Fatalf("%s: the test finds nothing", what)
	}
	z.restore(before)
}

// restore brings back an earlier state of the store.
func (z *zoo) restore(pairs [][]byte) {
	now := z.Pairs(dataSet)
	z.raw(func(c *guest.Call) {
		for i := 0; i < len(now); i += 2 {
			c.Delete(dataSet, now[i])
		}
		for i := 0; i < len(pairs); i += 2 {
			c.Put(dataSet, pairs[i], pairs[i+1])
		}
	})
}

// rewrite changes one record of the zoo.
func rewrite[R any, P interface {
	*R
	record
}](c *guest.Call, key []byte, f func(P)) {
	r := P(new(R))
	if found, err := load(c, key, r); !found || err != nil {
		panic("no record " + hexText(key))
	}
	f(r)
	store(c, key, r)
}

// moved puts an item under another, its place among the siblings too.
func moved(z *zoo, it, parent *pm.WorkItem) func(*guest.Call) {
	return func(c *guest.Call) {
		after, err := lookUpItem(c, id16(it.Id))
		if err != nil {
			panic(err)
		}
		before := *after
		after.parent, after.row.ParentId = id16(parent.Id), &parent.Id
		replaceItem(c, &before, after)
	}
}

// linked changes the first link of the zoo.
func linked(z *zoo, f func(*pm.Dependency)) func(*guest.Call) {
	return func(c *guest.Call) { rewrite(c, dependencies.liveKey(place{id16(z.project), 1}), f) }
}

// forceLink makes an item block another without asking.
func forceLink(c *guest.Call, project uuid, from, to *pm.WorkItem) {
	d := &dependency{id: newUUID(c), at: place{owner: project}, blocking: id16(from.Id), blocked: id16(to.Id)}
	d.row = pm.Dependency{Id: d.id.String(), BlockingItemId: from.Id, BlockedItemId: to.Id, DependencyType: blocks, CreatedBy: ann.String()}
	if err := addDependency(c, d); err != nil {
		panic(err)
	}
	h := dependencies.subject(d.id)
	store(c, historyKey(h), &pm.History{Next: 1})
	store(c, activityKey(h, 0), &pm.ActivityLogEntry{
		Id: newUUID(c).String(), EntityType: "dependency", EntityId: d.row.Id, Action: actionCreated, UserId: ann.String(),
	})
}

// row changes the last activity row of the task.
func row(z *zoo, f func(*pm.ActivityLogEntry)) func(*guest.Call) {
	return func(c *guest.Call) {
		var rows pm.History
		s := items.subject(id16(z.task.Id))
		if _, err := load(c, historyKey(s), &rows); err != nil {
			panic(err)
		}
		rewrite(c, activityKey(s, rows.Next-1), f)
	}
}
