package e2e

import (
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// subscribe subscribes to projects.
func subscribe(t testing.TB, c *client.Client, projects ...string) {
	t.Helper()
	if err := c.Subscribe(t.Context(), projects...); err != nil {
		t.Fatal(err)
	}
}

// nextEvent waits for an event.
func nextEvent(t testing.TB, c *client.Client) *pmpb.WebSocketMessage {
	t.Helper()
	event, err := c.NextEvent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestAWriterGetsItsEventsBeforeItsReply(t *testing.T) {
	a := start(t, boardOnly, nil)
	var mu sync.Mutex
	var arrived []string
	c := a.dialWith(t, client.Options{User: ann, Tap: func(raw []byte) {
		m := decode(t, raw)
		kind := client.PayloadName(m)
		if m.Sequence != nil {
			kind += " event"
		}
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, kind)
	}})
	project := newProject(t, c)
	subscribe(t, c, project.Id)
	mu.Lock()
	arrived = nil
	mu.Unlock()

	item := newTask(t, c, project.Id, "Dig")
	ask[*pmpb.WorkItemUpdated](t, c, &pmpb.UpdateWorkItemRequest{
		WorkItemId: item.Id, ExpectedVersion: 1, Title: proto.String("Fill"), Status: proto.String("done"),
	})
	ask[*pmpb.WorkItemDeleted](t, c, &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id})

	want := []string{
		"activity_log_created event", "work_item_created event", "work_item_created",
		"activity_log_created event", "activity_log_created event", "work_item_updated event", "work_item_updated",
		"activity_log_created event", "work_item_deleted event", "work_item_deleted",
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(arrived, "\n") != strings.Join(want, "\n") {
		t.Errorf("arrived:\n%s\nwant:\n%s", strings.Join(arrived, "\n"), strings.Join(want, "\n"))
	}
}

func TestEverySubscriberSeesEachEventOnceAndInCommitOrder(t *testing.T) {
	const writers, each, watchers = 4, 25, 3
	a := start(t, boardOnly, nil)
	c := a.dial(t, ann)
	project := newProject(t, c)
	var watching []*client.Client
	for range watchers {
		w := a.dial(t, ann)
		subscribe(t, w, project.Id)
		watching = append(watching, w)
	}
	var writing sync.WaitGroup
	for range writers {
		w := a.dial(t, ann)
		writing.Go(func() {
			for range each {
				if _, err := client.Ask[*pmpb.WorkItemCreated](t.Context(), w, &pmpb.CreateWorkItemRequest{
					ItemType: pmpb.WorkItemType_TASK, Title: "Watched", ProjectId: project.Id,
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	for _, w := range watching {
		var last int64
		seen := map[string]bool{}
		for number := int32(1); number <= writers*each; number++ {
			activity, created := nextEvent(t, w), nextEvent(t, w)
			if activity.GetActivityLogCreated() == nil || created.GetWorkItemCreated().GetWorkItem().GetItemNumber() != number {
				t.Fatalf("in place of item %d came %v and %v", number, activity, created)
			}
			if activity.GetSequence() != created.GetSequence() || created.GetSequence() <= last {
				t.Fatalf("sequences %d and %d after %d", activity.GetSequence(), created.GetSequence(), last)
			}
			last = created.GetSequence()
			for _, id := range []string{activity.MessageId, created.MessageId} {
				if id == "" || seen[id] {
					t.Fatalf("event id %q is empty or was seen before", id)
				}
				seen[id] = true
			}
		}
		if rest := w.TakeEvents(); len(rest) > 0 {
			t.Errorf("%d more events than commits: %v", len(rest), rest)
		}
	}
}

func TestOnlyMembersMaySubscribeAndUnsubscribedClientsHearNothing(t *testing.T) {
	a := start(t, boardOnly, nil)
	c, other := a.dial(t, ann), a.dial(t, bob)
	project := newProject(t, c)
	refused(t, other, &pmpb.Subscribe{ProjectIds: []string{project.Id}}, "UNAUTHORIZED")

	w := a.dial(t, ann)
	subscribe(t, w, strings.ToUpper(project.Id), "p1", project.Id)
	item := newTask(t, c, project.Id, "Heard")
	for range 2 {
		nextEvent(t, w)
	}
	if err := w.Unsubscribe(t.Context(), project.Id); err != nil {
		t.Fatal(err)
	}
	ask[*pmpb.WorkItemDeleted](t, c, &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id})
	list(t, w, project.Id) // whatever the deletion caused was queued before this reply
	if events := w.TakeEvents(); len(events) > 0 {
		t.Errorf("heard %v after unsubscribing", events)
	}
	list(t, other, newProject(t, other).Id)
	for _, event := range other.TakeEvents() {
		if event.GetWorkItemCreated() != nil || event.GetWorkItemDeleted() != nil {
			t.Errorf("a stranger heard %v", event)
		}
	}
}

func TestMembersHearOfTheirNewProject(t *testing.T) {
	a := start(t, boardOnly, nil)
	c, second, stranger := a.dial(t, ann), a.dial(t, ann), a.dial(t, bob)
	list(t, second, newProject(t, second).Id) // both sessions are open
	second.TakeEvents()
	project := newProject(t, c)
	if e := nextEvent(t, second); e.GetActivityLogCreated().GetEntry().GetEntityId() != project.Id {
		t.Errorf("heard %v first", e)
	}
	if e := nextEvent(t, second); e.GetProjectCreated().GetProject().GetId() != project.Id {
		t.Errorf("heard %v second", e)
	}
	ask[*pmpb.ProjectList](t, stranger, &pmpb.ListProjectsRequest{})
	if events := stranger.TakeEvents(); len(events) > 0 {
		t.Errorf("a stranger heard %v", events)
	}
}
