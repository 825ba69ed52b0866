package board

import (
	"reflect"
	"strings"
	"testing"

	ref "github.com/google/uuid"
	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// TestBoardAgreesWithModel lets several people do random things and compares every reply, event, refusal and list with
// the model's. After each step the store must be consistent.
func TestBoardAgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &session{world: newWorld(t), model: &model{histories: map[string][]*pm.ActivityLogEntry{}}}
		s.users = []string{ann.String(), ed.String(), vic.String()}
		s.user, s.now = ann.String(), s.TimeMS/1000
		s.begin(t)
		t.Repeat(map[string]func(*rapid.T){
			"":              s.check,
			"createProject": s.stepCreateProject,
			"updateProject": s.stepUpdateProject,
			"deleteProject": s.stepDeleteProject,
			"createItem":    s.stepCreateItem,
			"createChild":   s.stepCreateItem,
			"updateItem":    s.stepUpdateItem,
			"moveItem":      s.stepMoveItem,
			"deleteItem":    s.stepDeleteItem,
			"listItems":     s.stepListItems,
			"listProjects":  s.stepListProjects,
			"createSprint":  s.stepCreateSprint,
			"updateSprint2": s.stepUpdateSprint,
			"updateSprint":  s.stepUpdateSprint,
			"sprintStatus":  s.stepSprintStatus,
			"deleteSprint":  s.stepDeleteSprint,
			"listSprints":   s.stepListSprints,
			"createComment": s.stepCreateComment,
			"updateComment": s.stepUpdateComment,
			"deleteComment": s.stepDeleteComment,
			"listComments":  s.stepListComments,
			"startTimer2":   s.stepStartTimer,
			"startTimer":    s.stepStartTimer,
			"stopTimer":     s.stepStopTimer,
			"createEntry":   s.stepCreateEntry,
			"updateEntry2":  s.stepUpdateEntry,
			"updateEntry":   s.stepUpdateEntry,
			"deleteEntry":   s.stepDeleteEntry,
			"listEntries":   s.stepListEntries,
			"runningTimer":  s.stepRunningTimer,
			"createLink2":   s.stepCreateLink,
			"createLink":    s.stepCreateLink,
			"deleteLink":    s.stepDeleteLink,
			"listLinks":     s.stepListLinks,
			"listActivity":  s.stepListActivity,
			"retention":     s.stepRetention,
			"member":        s.stepMember,
			"someoneElse":   s.stepSomeoneElse,
			"later":         s.stepLater,
		})
	})
}

// A session is the board and the model side by side.
type session struct {
	*world
	*model
}

// begin makes two projects with members, items and a sprint, so that histories do not spend their length on it.
func (s *session) begin(t *rapid.T) {
	s.t = t
	for _, key := range []string{"ONE", "TWO"} {
		got := &pm.ProjectCreated{}
		req := &pm.CreateProjectRequest{Title: key, Key: key}
		compare(s, createProjectRoute, req, got, func() string { return got.Project.Id }, func() (*pm.ProjectCreated, string) { return s.createProject(req) })
		s.setMember(s.projects[len(s.projects)-1], abi.MembersRequest{Op: abi.MembersAdd, User: ed, Role: "editor"})
		s.setMember(s.projects[len(s.projects)-1], abi.MembersRequest{Op: abi.MembersAdd, User: vic, Role: "viewer"})
	}
	for i := range 5 {
		req := &pm.CreateWorkItemRequest{ProjectId: s.projects[i/4].Id, ItemType: epic, Title: "E"}
		got := &pm.WorkItemCreated{}
		compare(s, createItemRoute, req, got, func() string { return got.WorkItem.Id }, func() (*pm.WorkItemCreated, string) { return s.createItem(req) })
	}
	for range 2 {
		req := &pm.CreateSprintRequest{ProjectId: s.projects[0].Id, Name: "S", StartDate: s.now, EndDate: s.now + 86400}
		got := &pm.SprintCreated{}
		compare(s, createSprintRoute, req, got, func() string { return got.Sprint.Id }, func() (*pm.SprintCreated, string) { return s.createSprint(req) })
	}
}

// compare makes a call and compares its outcome with what op, an operation of the model, says of it. fresh returns the id
// that a successful call chose for what it created, if it creates something.
func compare[R record](s *session, route uint32, request record, got R, fresh func() string, op func() (R, string)) {
	before := s.Pairs(dataSet)
	r := s.Call(route, request.Append(nil))
	if r.Refusal == nil {
		if err := got.Parse(r.Reply); err != nil {
			s.t.Fatalf("route %d: reply: %v", route, err)
		}
		if fresh != nil {
			s.fresh = fresh()
		}
	}
	s.told = nil
	want, refusal := op()
	if r.Refusal != nil || refusal != "" {
		code := ""
		if r.Refusal != nil {
			code = strings.TrimSpace(r.Refusal.Code.String() + " " + r.Refusal.Field)
		}
		same(s.t, "refusal of "+show(request), code, refusal)
		if !reflect.DeepEqual(before, s.Pairs(dataSet)) || len(r.Events) != 0 || len(r.Reply) != 0 {
			s.t.Fatalf("route %d refused and did something", route)
		}
		return
	}
	same(s.t, "reply to "+show(request), got, want)
	s.compareEvents(r)
	if len(s.told) == 0 {
		same(s.t, "writes", s.Work.Puts+s.Work.Deletes, 0)
	}
}

func (s *session) compareEvents(r guest.Result) {
	same(s.t, "number of events", len(r.Events), len(s.told))
	for i, e := range r.Events {
		want := s.told[i]
		same(s.t, "route of event", e.Route, want.route)
		same(s.t, "scopes", e.Scopes, want.scopes)
		switch {
		case want.row != nil:
			var got pm.ActivityLogCreated
			if err := got.Parse(e.Payload); err != nil || got.Entry == nil {
				s.t.Fatalf("event %d: %v", i, err)
			}
			want.row.Id = got.Entry.Id
			same(s.t, "activity", got.Entry, want.row)
		case want.payload != nil:
			same(s.t, "event", e.Payload, want.payload)
		default:
			same(s.t, "event and reply", e.Payload, r.Reply)
		}
	}
}

// check is the invariant: the store is consistent, and numbers have no gaps. What only read has changed nothing.
func (s *session) check(t *rapid.T) {
	s.t = t
	if s.Work.Puts+s.Work.Deletes == 0 {
		return
	}
	s.fsck()
	for _, p := range s.projects {
		numbers := map[int32]bool{}
		for _, it := range s.items {
			if it.ProjectId == p.Id {
				numbers[it.ItemNumber] = true
			}
		}
		same(t, "numbers given", int32(len(numbers)), p.NextWorkItemNumber-1)
	}
}

func (s *session) stepSomeoneElse(t *rapid.T) {
	user := rapid.SampledFrom(people).Draw(t, "user")
	s.as(user)
	s.user = user.String()
	s.desktop = rapid.IntRange(0, 3).Draw(t, "desktop") == 0
	s.Identity.Mode = abi.AuthToken
	if s.desktop {
		s.Identity.Mode = abi.AuthDesktop
	}
}

func (s *session) stepLater(t *rapid.T) {
	s.TimeMS += rapid.Int64Range(0, 4000).Draw(t, "ms")
	s.now = s.TimeMS / 1000
}

var people = []ref.UUID{ann, ed, vic, sue}
