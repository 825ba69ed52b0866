package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// hour is where the dates and times of these tests come from; now is that of their start.
const hour = 3600

// scene is one project P of a stage, another one Q of the same people, and what a test put into them.
type scene struct {
	*stage
	t      *testing.T
	p, q   *pmpb.Project
	actor  *client.Client // of whoever sends the request; ann, if nobody else is named
	sprint string         // the sprint whose subscribers listen
	now    int64
	names  names

	mu      sync.Mutex
	arrived []*pmpb.WebSocketMessage // at the actor; guarded by mu
}

func (s *stage) scene(t *testing.T, user string) *scene {
	t.Helper()
	x := &scene{stage: s, t: t, p: s.project(t), q: s.project(t), now: time.Now().Unix()}
	x.names = names{
		texts: map[string]string{
			x.p.Id: "P", x.p.Key: "KEY", x.p.Title: "TITLE", x.q.Id: "Q", ann: "ANN", eve: "EVE", vic: "VIC", sue: "SUE",
			"11111111-1111-1111-1111-000000000010": "CONTEXT 10",
		},
		times: map[int64]string{
			x.now - hour: "HOUR AGO", x.now - 2*hour: "2 HOURS AGO", x.now - 3*hour: "3 HOURS AGO",
			x.now + 24*hour: "TOMORROW", x.now + 48*hour: "DAY AFTER",
		},
		from: x.p.CreatedAt,
	}
	x.actor = s.dialWith(t, client.Options{User: user, Tap: func(raw []byte) {
		m := &pmpb.WebSocketMessage{}
		if err := proto.Unmarshal(raw, m); err != nil {
			t.Errorf("not an envelope: %x", raw)
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.arrived = append(x.arrived, m)
	}})
	// A timer of another scene would be stopped by the first one of this.
	if left := ask[*pmpb.RunningTimerResponse](t, x.actor, &pmpb.GetRunningTimerRequest{}).TimeEntry; left != nil {
		ask[*pmpb.TimeEntryDeleted](t, x.actor, &pmpb.DeleteTimeEntryRequest{TimeEntryId: left.Id})
	}
	return x
}

// name gives an id a name for show, and returns it.
func (s *scene) name(name, id string) string {
	s.names.texts[id] = name
	return id
}

// takeArrived returns what arrived at the actor since the last time.
func (s *scene) takeArrived() []*pmpb.WebSocketMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.arrived
	s.arrived = nil
	return all
}

// item makes an item named ITEM in P, with a title.
func (s *scene) item(title string) string {
	s.t.Helper()
	return s.name("ITEM", newTask(s.t, s.boss, s.p.Id, title).Id)
}

// away makes an item named AWAY in Q.
func (s *scene) away() string {
	s.t.Helper()
	return s.name("AWAY", newTask(s.t, s.boss, s.q.Id, "Away").Id)
}

// under makes an epic, a story under it and a task under that in P.
func (s *scene) under() (epic, story, task string) {
	s.t.Helper()
	parent := ""
	for i, name := range []string{"EPIC", "STORY", "TASK"} {
		req := &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType(i + 2), Title: name, ProjectId: s.p.Id, ParentId: &parent}
		parent = s.name(name, ask[*pmpb.WorkItemCreated](s.t, s.boss, req).WorkItem.Id)
		epic, story, task = story, task, parent
	}
	return epic, story, task
}

// planned makes a sprint named SPRINT in P.
func (s *scene) planned() string {
	s.t.Helper()
	req := &pmpb.CreateSprintRequest{ProjectId: s.p.Id, Name: "First", StartDate: s.now + 24*hour, EndDate: s.now + 48*hour}
	s.sprint = s.name("SPRINT", ask[*pmpb.SprintCreated](s.t, s.boss, req).Sprint.Id)
	return s.sprint
}

// comment makes a comment named COMMENT by the actor, on a new item.
func (s *scene) comment() string {
	s.t.Helper()
	req := &pmpb.CreateCommentRequest{WorkItemId: s.item("Discussed"), Content: "First!"}
	return s.name("COMMENT", ask[*pmpb.CommentCreated](s.t, s.actor, req).Comment.Id)
}

// entry makes a finished entry named ENTRY of the actor, on a new item.
func (s *scene) entry() string {
	s.t.Helper()
	req := &pmpb.CreateTimeEntryRequest{WorkItemId: s.item("Worked on"), StartedAt: s.now - 2*hour, EndedAt: s.now - hour}
	return s.name("ENTRY", ask[*pmpb.TimeEntryCreated](s.t, s.actor, req).TimeEntry.Id)
}

// timer starts a timer named TIMER of the actor on an item.
func (s *scene) timer(item string) string {
	s.t.Helper()
	return s.name("TIMER", ask[*pmpb.TimerStarted](s.t, s.actor, &pmpb.StartTimerRequest{WorkItemId: item}).TimeEntry.Id)
}

// link makes a dependency named LINK between two new items, ONE and TWO.
func (s *scene) link() string {
	s.t.Helper()
	req := &pmpb.CreateDependencyRequest{
		BlockingItemId: s.name("ONE", s.item("One")), BlockedItemId: s.name("TWO", s.item("Two")), DependencyType: pmpb.DependencyType_BLOCKS,
	}
	return s.name("LINK", ask[*pmpb.DependencyCreated](s.t, s.actor, req).Dependency.Id)
}

// describe says what an event tells: an activity row in words, another event by the name of its payload.
func (s *scene) describe(e *pmpb.WebSocketMessage) string {
	row := e.GetActivityLogCreated().GetEntry()
	if row == nil {
		return client.PayloadName(e)
	}
	text := fmt.Sprintf("%s %s %s by %s", row.EntityType, s.names.text(row.EntityId), row.Action, s.names.text(row.UserId))
	if row.FieldName != nil {
		text += fmt.Sprintf(": %s %s > %s", *row.FieldName, s.value(row.OldValue), s.value(row.NewValue))
	}
	return text
}

// value shows a value of a change; none is "-".
func (s *scene) value(value *string) string {
	if value == nil {
		return "-"
	}
	return s.names.text(*value)
}

// id returns the id that has a name.
func (s *scene) id(name string) string {
	for text, n := range s.names.texts {
		if n == name {
			return text
		}
	}
	s.t.Fatalf("nothing is named %s", name)
	return ""
}
