package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// Everybody does everything, at random, in two projects where the roles differ: the first is ann's, with an editor and a
// viewer, the second is sue's alone. A plain model says which code each request gets, who hears of it, and what is left.
func TestRolesAgreeWithAModel(t *testing.T) {
	s := newStage(t)
	users, watchers := map[string]*client.Client{}, []*client.Client{s.dial(t, ann), s.dial(t, sue)}
	for _, user := range cast {
		users[user] = s.dial(t, user)
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := &rolesModel{
			t: t, stage: s, users: users, timers: map[string]*thing{}, rows: map[string]int32{},
			projects: []string{s.project(t).Id, newProject(t, users[sue]).Id}, heard: make([][]string, 2),
			levels: []map[string]int{{ann: 3, eve: 2, vic: 1}, {sue: 3}},
		}
		for i, w := range watchers {
			subscribe(t, w, m.projects[i])
		}
		for _, user := range cast {
			if left := ask[*pmpb.RunningTimerResponse](t, users[user], &pmpb.GetRunningTimerRequest{}).TimeEntry; left != nil {
				ask[*pmpb.TimeEntryDeleted](t, users[user], &pmpb.DeleteTimeEntryRequest{TimeEntryId: left.Id})
			}
		}
		for _, w := range watchers {
			ask[*pmpb.Pong](t, w, &pmpb.Ping{})
			w.TakeEvents()
		}
		for p, owner := range []string{ann, sue} {
			m.user = owner
			m.newItem(rt, p)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"item": m.createItem, "another item": m.createItem, "item's title": m.updateItem, "no item": m.deleteItem,
			"sprint": m.createSprint, "sprint's status": m.updateSprint, "no sprint": m.deleteSprint,
			"comment": m.createComment, "comment's text": m.updateComment, "no comment": m.deleteComment,
			"timer": m.startTimer, "no timer": m.stopTimer, "entry": m.createEntry, "no entry": m.deleteEntry,
			"link": m.createLink, "another link": m.createLink, "no link": m.deleteLink,
			"member": m.member, "lists": m.lists, "history": m.history,
		})
		for i, w := range watchers {
			ask[*pmpb.Pong](t, w, &pmpb.Ping{})
			var got []string
			for _, e := range w.TakeEvents() {
				// The second watcher is sue, who hears of all her projects; none is made while she listens.
				got = append(got, client.PayloadName(e))
			}
			if !slices.Equal(got, m.heard[i]) {
				rt.Fatalf("subscribers of project %d heard\n%s\nwant\n%s", i, strings.Join(got, "\n"), strings.Join(m.heard[i], "\n"))
			}
			if err := w.Unsubscribe(t.Context(), m.projects[i]); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// member gives a role or takes it away, as the operator does. The owners of the projects keep theirs.
func (m *rolesModel) member(rt *rapid.T) {
	p := m.drawProject(rt)
	if m.user == []string{ann, sue}[p] {
		rt.Skip("the owner")
	}
	words := []string{"", "viewer", "editor", "admin"}
	level := rapid.IntRange(0, 3).Draw(rt, "role")
	var err error
	switch {
	case level > 0:
		_, err = admin.AddMember(m.t.Context(), m.stage.dir, m.projects[p], m.user, words[level])
	case m.levels[p][m.user] > 0:
		_, err = admin.RemoveMember(m.t.Context(), m.stage.dir, m.projects[p], m.user)
	}
	if err != nil {
		rt.Fatal(err)
	}
	m.levels[p][m.user] = level
}

// thing is an entity of any kind. A deleted one stays, for requests that name it.
type thing struct {
	kind, id, title, owner string
	project                int
	on                     *thing // the item of a comment or entry, the blocking side of a link
	to                     *thing // the blocked side
	version                int32
	status                 pmpb.SprintStatus
	blocks, deleted        bool
}

type rolesModel struct {
	t        *testing.T
	stage    *stage
	users    map[string]*client.Client
	user     string // who asks
	projects []string
	levels   []map[string]int // by project and user: 1 viewer, 2 editor, 3 admin
	things   []*thing         // in order of creation
	timers   map[string]*thing
	rows     map[string]int32 // of history, by entity
	heard    [][]string       // by project
}

// do sends a request and reports whether it was accepted, after comparing the code with what the model wants: that of the
// first condition that holds.
func (m *rolesModel) do(rt *rapid.T, request proto.Message, conditions ...condition) (*pmpb.WebSocketMessage, bool) {
	want := ""
	for _, c := range slices.Backward(conditions) {
		if c.holds {
			want = c.code
		}
	}
	reply, err := m.users[m.user].Do(m.t.Context(), client.Envelope(request))
	if err != nil {
		rt.Fatal(err)
	}
	if got := reply.GetError().GetCode(); got != want {
		rt.Fatalf("%T of %s: answered with %v, want %q", request, m.user, reply, want)
	}
	return reply, want == ""
}

type condition struct {
	holds bool
	code  string
}

func missing(x *thing) condition { return condition{x.deleted, "NOT_FOUND"} }

// lacks is the refusal of a user whose role is too low.
func (m *rolesModel) lacks(project, level int) condition {
	return condition{m.levels[project][m.user] < level, "UNAUTHORIZED"}
}

// notBy is the refusal of a user who is not the author.
func (m *rolesModel) notBy(x *thing) condition { return condition{x.owner != m.user, "UNAUTHORIZED"} }

// draw draws who asks, and a thing of a kind.
func (m *rolesModel) draw(rt *rapid.T, kind, label string) *thing {
	m.user = rapid.SampledFrom(cast).Draw(rt, "user")
	var all []*thing
	for _, x := range m.things {
		if x.kind == kind {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		rt.Skip("no " + kind)
	}
	return rapid.SampledFrom(all).Draw(rt, label)
}

func (m *rolesModel) drawProject(rt *rapid.T) int {
	m.user = rapid.SampledFrom(cast).Draw(rt, "user")
	return rapid.IntRange(0, 1).Draw(rt, "project")
}

// add notes a new entity, and who hears of it.
func (m *rolesModel) add(x *thing, event string) *thing {
	x.owner, x.version = m.user, 1
	m.things = append(m.things, x)
	m.tell(x, 1, event)
	return x
}

// tell notes rows of history, and the event after them.
func (m *rolesModel) tell(x *thing, rows int, event string) {
	m.rows[x.id] += int32(rows)
	m.heard[x.project] = append(m.heard[x.project], slices.Repeat([]string{"activity_log_created"}, rows)...)
	if event != "" {
		m.heard[x.project] = append(m.heard[x.project], event)
	}
}

func (m *rolesModel) remove(x *thing) {
	x.deleted = true
	m.tell(x, 1, x.kind+"_deleted")
}

func (m *rolesModel) createItem(rt *rapid.T) {
	m.newItem(rt, m.drawProject(rt))
}

func (m *rolesModel) newItem(rt *rapid.T, p int) {
	request := &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "new", ProjectId: m.projects[p]}
	if reply, ok := m.do(rt, request, m.lacks(p, 2)); ok {
		m.add(&thing{kind: "work_item", id: reply.GetWorkItemCreated().GetWorkItem().GetId(), project: p, title: "new"}, "work_item_created")
	}
}

func (m *rolesModel) updateItem(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	title := rapid.SampledFrom([]string{"new", "old", " "}).Draw(rt, "title")
	version := x.version - rapid.SampledFrom([]int32{0, 0, 0, 1}).Draw(rt, "behind")
	_, ok := m.do(rt, &pmpb.UpdateWorkItemRequest{WorkItemId: x.id, ExpectedVersion: version, Title: &title}, missing(x), m.lacks(x.project, 2),
		condition{version != x.version, "CONFLICT"}, condition{title == " ", "INVALID_MESSAGE"})
	if ok && title != x.title {
		x.title = title
		x.version++
		m.tell(x, 1, "work_item_updated")
	}
}

func (m *rolesModel) deleteItem(rt *rapid.T) {
	x := m.draw(rt, "work_item", "item")
	if _, ok := m.do(rt, &pmpb.DeleteWorkItemRequest{WorkItemId: x.id}, missing(x), m.lacks(x.project, 3)); ok {
		m.remove(x)
	}
}

func (m *rolesModel) createSprint(rt *rapid.T) {
	p := m.drawProject(rt)
	now := time.Now().Unix()
	request := &pmpb.CreateSprintRequest{ProjectId: m.projects[p], Name: "S", StartDate: now, EndDate: now + hour}
	if reply, ok := m.do(rt, request, m.lacks(p, 2)); ok {
		x := m.add(&thing{kind: "sprint", id: reply.GetSprintCreated().GetSprint().GetId(), project: p}, "sprint_created")
		x.status = pmpb.SprintStatus_PLANNED
	}
}

// becomes holds the ways of a sprint; a completed one has none.
var becomes = map[pmpb.SprintStatus][]pmpb.SprintStatus{1: {1, 2, 4}, 2: {2, 3, 4}, 4: {4}}

func (m *rolesModel) updateSprint(rt *rapid.T) {
	x := m.draw(rt, "sprint", "sprint")
	to := pmpb.SprintStatus(rapid.Int32Range(1, 4).Draw(rt, "status"))
	active := slices.ContainsFunc(m.things, func(o *thing) bool {
		return o.kind == "sprint" && o.project == x.project && !o.deleted && o.status == pmpb.SprintStatus_ACTIVE && o != x
	})
	_, ok := m.do(rt, &pmpb.UpdateSprintRequest{SprintId: x.id, ExpectedVersion: x.version, Status: &to}, missing(x), m.lacks(x.project, 2),
		condition{x.status == pmpb.SprintStatus_COMPLETED, "CONFLICT"}, condition{!slices.Contains(becomes[x.status], to), "VALIDATION_ERROR"},
		condition{active && to == pmpb.SprintStatus_ACTIVE, "CONFLICT"})
	if ok && to != x.status {
		x.status = to
		x.version++
		m.tell(x, 1, "sprint_updated")
	}
}

func (m *rolesModel) deleteSprint(rt *rapid.T) {
	x := m.draw(rt, "sprint", "sprint")
	_, ok := m.do(rt, &pmpb.DeleteSprintRequest{SprintId: x.id}, missing(x), m.lacks(x.project, 3),
		condition{x.status == pmpb.SprintStatus_COMPLETED, "DELETE_BLOCKED"})
	if ok {
		m.remove(x)
	}
}
