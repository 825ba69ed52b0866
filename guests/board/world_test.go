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
	createProjectRoute = 90
	updateProjectRoute = 91
	deleteProjectRoute = 92
	listProjectsRoute  = 93
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

// sprint stores a sprint and returns its id.
func (w *world) sprint(project string, deleted bool) string {
	w.t.Helper()
	var id string
	w.raw(func(c *guest.Call) {
		fresh := newUUID(c)
		id = fresh.String()
		s := &pm.Sprint{Id: id, ProjectId: project, Name: "S", Status: pm.SprintStatus_PLANNED, Version: 1}
		if deleted {
			s.DeletedAt = new(int64(1))
		}
		store(c, sprintKey(fresh), s)
	})
	return id
}

func (w *world) fsck() {
	w.t.Helper()
	if problems := fsck(w.Pairs(dataSet)); len(problems) > 0 {
		w.t.Fatalf("the store is inconsistent:\n%s", strings.Join(problems, "\n"))
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
)
