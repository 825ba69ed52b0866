package e2e

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/host/client/pmpb"
)

// The operations of rolesModel on what hangs on items, and its look at lists and histories.

func (m *rolesModel) createComment(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	if reply, ok := m.do(rt, &pmpb.CreateCommentRequest{WorkItemId: x.id, Content: "C"}, missing(x), m.lacks(x.project, 2)); ok {
		m.add(&thing{kind: "comment", id: reply.GetCommentCreated().GetComment().GetId(), project: x.project, on: x}, "comment_created")
	}
}

func (m *rolesModel) updateComment(rt *rapid.T) {
	x := m.draw(rt, "comment", "comment")
	if _, ok := m.do(rt, &pmpb.UpdateCommentRequest{CommentId: x.id, Content: "D"}, missing(x), m.notBy(x), missing(x.on)); ok {
		m.tell(x, 1, "comment_updated")
	}
}

func (m *rolesModel) deleteComment(rt *rapid.T) {
	x := m.draw(rt, "comment", "comment")
	if _, ok := m.do(rt, &pmpb.DeleteCommentRequest{CommentId: x.id}, missing(x), m.notBy(x), missing(x.on)); ok {
		m.remove(x)
	}
}

func (m *rolesModel) startTimer(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	reply, ok := m.do(rt, &pmpb.StartTimerRequest{WorkItemId: x.id}, missing(x), m.lacks(x.project, 2))
	if !ok {
		return
	}
	stopped := m.timers[m.user]
	if got := reply.GetTimerStarted().GetStoppedEntry().GetId(); (stopped == nil) != (got == "") || stopped != nil && got != stopped.id {
		rt.Fatalf("stopped %q, want %+v", got, stopped)
	}
	if stopped != nil {
		announced := ""
		if stopped.project != x.project {
			announced = "timer_stopped"
		}
		m.tell(stopped, 1, announced)
	}
	entry := &thing{kind: "time_entry", id: reply.GetTimerStarted().GetTimeEntry().GetId(), project: x.project, on: x}
	m.timers[m.user] = m.add(entry, "timer_started")
}

func (m *rolesModel) stopTimer(rt *rapid.T) {
	x := m.draw(rt, "time_entry", "entry")
	_, ok := m.do(rt, &pmpb.StopTimerRequest{TimeEntryId: x.id}, missing(x), m.notBy(x), condition{m.timers[m.user] != x, "VALIDATION_ERROR"})
	if ok {
		m.timers[m.user] = nil
		m.tell(x, 1, "timer_stopped")
	}
}

func (m *rolesModel) createEntry(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	now := time.Now().Unix()
	request := &pmpb.CreateTimeEntryRequest{WorkItemId: x.id, StartedAt: now - 2*hour, EndedAt: now - hour}
	if reply, ok := m.do(rt, request, missing(x), m.lacks(x.project, 2)); ok {
		m.add(&thing{kind: "time_entry", id: reply.GetTimeEntryCreated().GetTimeEntry().GetId(), project: x.project, on: x}, "time_entry_created")
	}
}

func (m *rolesModel) deleteEntry(rt *rapid.T) {
	x := m.draw(rt, "time_entry", "entry")
	if _, ok := m.do(rt, &pmpb.DeleteTimeEntryRequest{TimeEntryId: x.id}, missing(x), m.notBy(x)); ok {
		if m.timers[m.user] == x {
			m.timers[m.user] = nil
		}
		m.remove(x)
	}
}

func (m *rolesModel) createLink(rt *rapid.T) {
	blocking, blocked := m.draw(rt, "work_item", "blocking"), m.draw(rt, "work_item", "blocked")
	kind := pmpb.DependencyType(rapid.Int32Range(1, 2).Draw(rt, "type"))
	double := slices.ContainsFunc(m.links(), func(l *thing) bool { return l.on == blocking && l.to == blocked })
	request := &pmpb.CreateDependencyRequest{BlockingItemId: blocking.id, BlockedItemId: blocked.id, DependencyType: kind}
	reply, ok := m.do(rt, request, condition{blocking == blocked, "VALIDATION_ERROR"}, missing(blocking), missing(blocked),
		condition{blocking.project != blocked.project, "VALIDATION_ERROR"}, m.lacks(blocking.project, 2),
		condition{double || kind == pmpb.DependencyType_BLOCKS && m.reaches(blocked, blocking, nil), "VALIDATION_ERROR"})
	if ok {
		m.add(&thing{
			kind: "dependency", id: reply.GetDependencyCreated().GetDependency().GetId(), project: blocking.project,
			on: blocking, to: blocked, blocks: kind == pmpb.DependencyType_BLOCKS,
		}, "dependency_created")
	}
}

func (m *rolesModel) deleteLink(rt *rapid.T) {
	x := m.draw(rt, "dependency", "link")
	if _, ok := m.do(rt, &pmpb.DeleteDependencyRequest{DependencyId: x.id}, missing(x), m.lacks(x.project, 2)); ok {
		m.remove(x)
	}
}

// links are those whose ends are live, too.
func (m *rolesModel) links() (all []*thing) {
	for _, x := range m.things {
		if x.kind == "dependency" && !x.deleted && !x.on.deleted && !x.to.deleted {
			all = append(all, x)
		}
	}
	return all
}

// reaches reports whether blocking links lead from one item to another.
func (m *rolesModel) reaches(from, to *thing, way []*thing) bool {
	return from == to || !slices.Contains(way, from) && slices.ContainsFunc(m.links(), func(l *thing) bool {
		return l.blocks && l.on == from && m.reaches(l.to, to, append(way, from))
	})
}

// lists compares what somebody sees of a project and of an item with the model.
func (m *rolesModel) lists(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	look := m.lacks(x.project, 1)
	inProject := func(kind string) func(*thing) bool {
		return func(o *thing) bool { return o.kind == kind && o.project == x.project }
	}
	onItem := func(kind string) func(*thing) bool {
		return func(o *thing) bool { return o.kind == kind && o.on == x }
	}
	if reply, ok := m.do(rt, &pmpb.GetWorkItemsRequest{ProjectId: m.projects[x.project]}, look); ok {
		same(rt, m, "items", inProject("work_item"), reply.GetWorkItemsList().GetWorkItems())
	}
	if reply, ok := m.do(rt, &pmpb.GetSprintsRequest{ProjectId: m.projects[x.project]}, look); ok {
		same(rt, m, "sprints", inProject("sprint"), reply.GetSprintsList().GetSprints())
	}
	if reply, ok := m.do(rt, &pmpb.GetCommentsRequest{WorkItemId: x.id}, missing(x), look); ok {
		same(rt, m, "comments", onItem("comment"), reply.GetCommentsList().GetComments())
	}
	if reply, ok := m.do(rt, &pmpb.GetTimeEntriesRequest{WorkItemId: x.id}, missing(x), look); ok {
		same(rt, m, "entries", onItem("time_entry"), reply.GetTimeEntriesList().GetTimeEntries())
	}
	if reply, ok := m.do(rt, &pmpb.GetDependenciesRequest{WorkItemId: x.id}, missing(x), look); ok {
		links := m.links()
		same(rt, m, "blocked", func(o *thing) bool { return slices.Contains(links, o) && o.on == x }, reply.GetDependenciesList().GetBlocked())
		same(rt, m, "blocking", func(o *thing) bool { return slices.Contains(links, o) && o.to == x }, reply.GetDependenciesList().GetBlocking())
	}
	reply, _ := m.do(rt, &pmpb.GetRunningTimerRequest{})
	want := ""
	if timer := m.timers[m.user]; timer != nil {
		want = timer.id
	}
	if got := reply.GetRunningTimerResponse().GetTimeEntry().GetId(); got != want {
		rt.Fatalf("the running timer is %q, want %q", got, want)
	}
}

// same compares the ids of a list, in any order: the order of lists is in the tests of each.
func same[E interface {
	proto.Message
	GetId() string
}](rt *rapid.T, m *rolesModel, what string, belongs func(*thing) bool, list []E) {
	var got, want []string
	for _, e := range list {
		got = append(got, e.GetId())
	}
	for _, x := range m.things {
		if !x.deleted && belongs(x) {
			want = append(want, x.id)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		rt.Fatalf("%s are %v, want %v", what, got, want)
	}
}

// history counts the rows of an entity, which may be deleted.
func (m *rolesModel) history(rt *rapid.T) {
	x := m.draw(rt, rapid.SampledFrom([]string{"work_item", "sprint", "comment", "time_entry", "dependency"}).Draw(rt, "kind"), "entity")
	reply, ok := m.do(rt, &pmpb.GetActivityLogRequest{EntityType: x.kind, EntityId: x.id, Limit: 1}, m.lacks(x.project, 1))
	if list := reply.GetActivityLogList(); ok && (list.GetTotalCount() != m.rows[x.id] || len(list.GetEntries()) != 1 || list.GetHasMore() != (m.rows[x.id] > 1)) {
		rt.Fatalf("the history of %+v is %v, want %d rows", x, list, m.rows[x.id])
	}
}
