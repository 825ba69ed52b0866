package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// refusal is a request of a user that must be refused with a code and, if the protocol says so, a field; or that must be
// accepted, with the empty code. Its text contains a word. The number in the name is the rule's in the protocol.
type refusal struct {
	name    string
	user    string
	request proto.Message
	want    string // code and field
	word    string
}

// unknown is the id of nothing.
const unknown = "99999999-9999-4999-8999-999999999999"

// furniture is what requests that are refused can name, all in P unless the name says otherwise. Comments, entries and
// timers are eve's.
type furniture struct {
	*scene
	deadProject                                       string // deleted
	epic, story, task, free, goneItem, away           string
	comment, goneComment, orphan                      string // the orphan's item is deleted
	entry, timer, goneEntry                           string
	one, two, three                                   string // one blocks two, which blocks three
	link, goneLink                                    string
	full, busy, other                                 string // 50 links come into full, 50 leave busy
	planned, active, completed, cancelled, goneSprint string
	sprintElsewhere                                   string
}

func (s *stage) furnish(t *testing.T) *furniture {
	x := s.scene(t, eve)
	f := &furniture{scene: x}
	dead := s.project(t)
	ask[*pmpb.ProjectDeleted](t, x.boss, &pmpb.DeleteProjectRequest{ProjectId: dead.Id, ExpectedVersion: 1})
	f.deadProject = dead.Id

	f.epic, f.story, f.task = x.under()
	f.free, f.away, f.other = x.item("Free"), x.away(), x.item("Other")
	f.goneItem = x.item("Gone")
	deleted := x.item("Deleted with a comment")
	f.comment, f.goneComment, f.orphan = x.remark(f.task), x.remark(f.task), x.remark(deleted)
	ask[*pmpb.CommentDeleted](t, x.actor, &pmpb.DeleteCommentRequest{CommentId: f.goneComment})
	for _, id := range []string{f.goneItem, deleted} {
		ask[*pmpb.WorkItemDeleted](t, x.boss, &pmpb.DeleteWorkItemRequest{WorkItemId: id})
	}

	f.entry, f.goneEntry = x.entry(), x.entry()
	ask[*pmpb.TimeEntryDeleted](t, x.actor, &pmpb.DeleteTimeEntryRequest{TimeEntryId: f.goneEntry})
	f.timer = x.timer(f.task)

	f.one, f.two, f.three = x.item("One"), x.item("Two"), x.item("Three")
	f.link = x.blocks(f.one, f.two)
	x.blocks(f.two, f.three)
	f.goneLink = x.blocks(f.one, f.free)
	ask[*pmpb.DependencyDeleted](t, x.actor, &pmpb.DeleteDependencyRequest{DependencyId: f.goneLink})
	f.full, f.busy = x.item("Full"), x.item("Busy")
	for i := range 50 {
		end := x.item(fmt.Sprint("End ", i))
		x.blocks(end, f.full)
		x.blocks(f.busy, end)
	}

	f.planned = x.inState(x.p.Id)
	f.completed = x.inState(x.p.Id, pmpb.SprintStatus_ACTIVE, pmpb.SprintStatus_COMPLETED)
	f.active = x.inState(x.p.Id, pmpb.SprintStatus_ACTIVE)
	f.cancelled = x.inState(x.p.Id, pmpb.SprintStatus_CANCELLED)
	f.goneSprint = x.inState(x.p.Id)
	ask[*pmpb.SprintDeleted](t, x.boss, &pmpb.DeleteSprintRequest{SprintId: f.goneSprint})
	f.sprintElsewhere = x.inState(x.q.Id)
	return f
}

func (s *scene) remark(item string) string {
	return ask[*pmpb.CommentCreated](s.t, s.actor, &pmpb.CreateCommentRequest{WorkItemId: item, Content: "Hm"}).Comment.Id
}

func (s *scene) blocks(blocking, blocked string) string {
	req := &pmpb.CreateDependencyRequest{BlockingItemId: blocking, BlockedItemId: blocked, DependencyType: pmpb.DependencyType_BLOCKS}
	return ask[*pmpb.DependencyCreated](s.t, s.actor, req).Dependency.Id
}

// inState makes a sprint and leads it through states.
func (s *scene) inState(project string, states ...pmpb.SprintStatus) string {
	req := &pmpb.CreateSprintRequest{ProjectId: project, Name: "Sprint", StartDate: s.now, EndDate: s.now + hour}
	sprint := ask[*pmpb.SprintCreated](s.t, s.boss, req).Sprint
	for _, state := range states {
		req := &pmpb.UpdateSprintRequest{SprintId: sprint.Id, ExpectedVersion: sprint.Version, Status: &state}
		sprint = ask[*pmpb.SprintUpdated](s.t, s.boss, req).Sprint
	}
	return sprint.Id
}

// testCodes sends each request and returns how many there are. What is refused changes nothing,
// so nobody hears of it.
func testCodes(t *testing.T) int {
	s := newStage(t)
	f := s.furnish(t)
	users := map[string]*client.Client{}
	for _, user := range cast {
		users[user] = s.dial(t, user)
	}
	watcher := s.dial(t, vic)
	subscribe(t, watcher, f.p.Id, f.q.Id)
	table := slices.Concat(f.commonCodes(), f.boardCodes(), f.workCodes())
	for _, r := range table {
		t.Run(r.name, func(t *testing.T) {
			envelope := &pmpb.WebSocketMessage{}
			if r.request != nil {
				envelope = client.Envelope(r.request)
			}
			envelope.MessageId = "ü " + r.name
			reply, err := users[r.user].Do(t.Context(), envelope)
			if err != nil {
				t.Fatal(err)
			}
			refused := reply.GetError()
			if got := strings.TrimSpace(refused.GetCode() + " " + refused.GetField()); got != r.want {
				t.Errorf("answered with %v, want %q", reply, r.want)
			}
			if reply.MessageId != envelope.MessageId || !strings.Contains(refused.GetMessage(), r.word) || utf8.RuneCountInString(refused.GetMessage()) > 200 {
				t.Errorf("answered to %q with %q", reply.MessageId, refused.GetMessage())
			}
			ask[*pmpb.Pong](t, watcher, &pmpb.Ping{})
			events := watcher.TakeEvents()
			if r.want == "" {
				return
			}
			if refused.GetMessage() == "" || refused.Field != nil && *refused.Field == "" {
				t.Errorf("an error that says nothing: %v", refused)
			}
			if len(events) > 0 {
				t.Errorf("was announced: %v", events)
			}
		})
	}
	return len(table)
}
