package board

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	ref "github.com/google/uuid"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// TestMain gives the property tests a fixed seed, so that a run can be repeated, and longer histories than is usual. Look
// elsewhere with -rapid.seed=N, further with -rapid.steps=N.
func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.steps": "100", "rapid.nofailfile": "true"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue {
			if err := f.Value.Set(value); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}

// Routes as the wire protocol numbers them.
const (
	subscribeRoute     = 20
	unsubscribeRoute   = 21
	createItemRoute    = 30
	updateItemRoute    = 31
	deleteItemRoute    = 32
	getItemsRoute      = 33
	createSprintRoute  = 50
	updateSprintRoute  = 51
	deleteSprintRoute  = 52
	getSprintsRoute    = 53
	createCommentRoute = 70
	updateCommentRoute = 71
	deleteCommentRoute = 72
	getCommentsRoute   = 73
	createProjectRoute = 90
	updateProjectRoute = 91
	deleteProjectRoute = 92
	listProjectsRoute  = 93
	startTimerRoute    = 110
	stopTimerRoute     = 111
	createEntryRoute   = 112
	updateEntryRoute   = 113
	deleteEntryRoute   = 114
	getEntriesRoute    = 115
	getTimerRoute      = 116
	createLinkRoute    = 130
	deleteLinkRoute    = 131
	getLinksRoute      = 132
	getActivityRoute   = 140
	getContextRoute    = 143
	rawRoute           = 9999 // only in tests: see world.raw
)

// People.
var (
	ann = ref.MustParse("aaaaaaaa-0000-4000-8000-00000000000a") // creates things
	ed  = ref.MustParse("eeeeeeee-0000-4000-8000-00000000000e") // an editor, where a test makes him one
	vic = ref.MustParse("cccccccc-0000-4000-8000-00000000000c") // a viewer
	sue = ref.MustParse("55555555-0000-4000-8000-000000000005") // a stranger
)

// unknownID names nothing.
const unknownID = "99999999-9999-4999-8999-999999999999"

// A fataler is a *testing.T, *testing.B, *testing.F or *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// A world is a stub with the board's module in it.
type world struct {
	t fataler
	*guest.Stub
	rawCall func(c *guest.Call) error
}

// newWorld returns a world in token mode in which ann asks and all people but the stranger are known.
func newWorld(t fataler) *world {
	w := &world{t: t}
	m := Module()
	m.Routes = append(m.Routes, guest.Route{
		Route:  abi.Route{ID: rawRoute, Name: "Raw", Kind: abi.KindInternal},
		Handle: func(c *guest.Call) error { return w.rawCall(c) },
	})
	w.Stub = guest.NewStub(m)
	for _, user := range []ref.UUID{vic, ed, ann} {
		w.as(user)
		if r := w.Call(abi.RouteSessionOpened, nil); r.Refusal != nil {
			t.Fatalf("open session: %v", r.Refusal)
		}
	}
	w.Identity.Mode = abi.AuthToken
	return w
}

// as makes user the one who asks.
func (w *world) as(user ref.UUID) *world {
	w.Identity.User = user
	return w
}

// raw runs f as a call, to bring the store into a state that clients cannot.
func (w *world) raw(f func(c *guest.Call)) {
	w.t.Helper()
	w.rawCall = func(c *guest.Call) error { f(c); return nil }
	if r := w.Call(rawRoute, nil); r.Refusal != nil {
		w.t.Fatalf("raw: %v", r.Refusal)
	}
}

// ok makes a call that must succeed and reads its reply.
func (w *world) ok(route uint32, request, reply record) guest.Result {
	w.t.Helper()
	r := w.Call(route, request.Append(nil))
	if r.Refusal != nil {
		w.t.Fatalf("route %d refused %+v: %v %v", route, request, r.Refusal, r.Log)
	}
	if reply != nil {
		if err := reply.Parse(r.Reply); err != nil {
			w.t.Fatalf("route %d: reply: %v", route, err)
		}
	}
	return r
}

// refusal makes a call that must be refused and must have done nothing, and returns "CODE field".
func (w *world) refusal(route uint32, request record) string {
	w.t.Helper()
	code, _ := w.refusalText(route, request)
	return code
}

func (w *world) refusalText(route uint32, request record) (code, text string) {
	w.t.Helper()
	before := w.Pairs(dataSet)
	r := w.Call(route, request.Append(nil))
	if r.Refusal == nil {
		w.t.Fatalf("route %d accepted %+v", route, request)
	}
	if !reflect.DeepEqual(before, w.Pairs(dataSet)) || len(r.Events) != 0 || len(r.Reply) != 0 {
		w.t.Fatalf("route %d refused and did something", route)
	}
	return strings.TrimSpace(r.Refusal.Code.String() + " " + r.Refusal.Field), r.Refusal.Message
}

// project creates a project and returns its id.
func (w *world) project(title, key string) string {
	w.t.Helper()
	var reply pm.ProjectCreated
	w.ok(createProjectRoute, &pm.CreateProjectRequest{Title: title, Key: key}, &reply)
	return reply.Project.Id
}

// member gives a user a role in a project.
func (w *world) member(project string, user ref.UUID, r role) {
	w.t.Helper()
	w.raw(func(c *guest.Call) { addMember(c, id16(project), [16]byte(user), r) })
}

// unmember ends a membership, as the operator does.
func (w *world) unmember(project string, user ref.UUID) guest.Result {
	w.t.Helper()
	request := abi.MembersRequest{Op: abi.MembersRemove, User: user, Project: project}
	r := w.Call(abi.RouteMembers, abi.AppendMembersRequest(nil, &request))
	if r.Refusal != nil {
		w.t.Fatalf("remove member: %v", r.Refusal)
	}
	return r
}

// item creates an item and returns it.
func (w *world) item(project string, kind pm.WorkItemType, title string, parent *pm.WorkItem) *pm.WorkItem {
	w.t.Helper()
	req := &pm.CreateWorkItemRequest{ProjectId: project, ItemType: kind, Title: title}
	if parent != nil {
		req.ParentId = &parent.Id
	}
	var reply pm.WorkItemCreated
	w.ok(createItemRoute, req, &reply)
	return reply.WorkItem
}

// list returns the live items of a project.
func (w *world) list(project string) []*pm.WorkItem {
	w.t.Helper()
	var reply pm.WorkItemsList
	w.ok(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project}, &reply)
	return reply.WorkItems
}

// sprint creates a planned sprint of two weeks from now on.
func (w *world) sprint(project string) *pm.Sprint {
	w.t.Helper()
	now := w.TimeMS / 1000
	var reply pm.SprintCreated
	w.ok(createSprintRoute, &pm.CreateSprintRequest{ProjectId: project, Name: "S", StartDate: now, EndDate: now + 14*86400}, &reply)
	return reply.Sprint
}

// comment adds a comment to an item.
func (w *world) comment(it *pm.WorkItem, content string) *pm.Comment {
	w.t.Helper()
	var reply pm.CommentCreated
	w.ok(createCommentRoute, &pm.CreateCommentRequest{WorkItemId: it.Id, Content: content}, &reply)
	return reply.Comment
}

// entry stores a time entry of an hour, which ended a number of hours ago.
func (w *world) entry(it *pm.WorkItem, ago int64) *pm.TimeEntry {
	w.t.Helper()
	end := w.TimeMS/1000 - 3600*ago
	var reply pm.TimeEntryCreated
	w.ok(createEntryRoute, &pm.CreateTimeEntryRequest{WorkItemId: it.Id, StartedAt: end - 3600, EndedAt: end}, &reply)
	return reply.TimeEntry
}

// timer starts a timer on an item.
func (w *world) timer(it *pm.WorkItem) *pm.TimeEntry {
	w.t.Helper()
	var reply pm.TimerStarted
	w.ok(startTimerRoute, &pm.StartTimerRequest{WorkItemId: it.Id}, &reply)
	return reply.TimeEntry
}

// link makes one item block another.
func (w *world) link(blocking, blocked *pm.WorkItem) *pm.Dependency {
	w.t.Helper()
	var reply pm.DependencyCreated
	w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: blocking.Id, BlockedItemId: blocked.Id, DependencyType: blocks}, &reply)
	return reply.Dependency
}

// fsck fails unless the store is consistent, by the test's own reading and by the board's.
func (w *world) fsck() {
	w.t.Helper()
	if problems := fsck(w.Pairs(dataSet)); len(problems) > 0 {
		w.t.Fatalf("the store is inconsistent:\n%s", strings.Join(problems, "\n"))
	}
	if problems, _ := w.check(); len(problems) > 0 {
		w.t.Fatalf("the board finds problems:\n%s", strings.Join(problems, "\n"))
	}
}

// check lets the board look through its data, page by page.
func (w *world) check() (problems []string, counts map[string]uint64) {
	w.t.Helper()
	counts = map[string]uint64{}
	for cursor := []byte{}; ; {
		r := w.Call(abi.RouteCheck, cursor)
		page, ok := abi.ParseCheck(r.Reply)
		if r.Refusal != nil || !ok || w.Work.Puts+w.Work.Deletes > 0 || len(r.Events) > 0 {
			w.t.Fatalf("check: %v %v, %d writes", r.Refusal, r.Log, w.Work.Puts)
		}
		problems = append(problems, page.Problems...)
		for _, c := range page.Counts {
			counts[c.Name] += c.N
		}
		if cursor = page.Cursor; len(cursor) == 0 {
			return problems, counts
		}
	}
}

func id16(s string) [16]byte { return ref.MustParse(s) }

// same fails unless got and want are equal in every field.
func same(t fataler, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\ngot  %s\nwant %s", what, show(got), show(want))
	}
}

const (
	epic  = pm.WorkItemType_EPIC
	story = pm.WorkItemType_STORY
	task  = pm.WorkItemType_TASK

	blocks  = pm.DependencyType_BLOCKS
	relates = pm.DependencyType_RELATES_TO
)
