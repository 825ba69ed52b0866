package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/errand"
	"workcell/host/fsck"
)

var crowdFor = flag.Duration("crowd.for", 0, "let 200 clients work for this long, instead of a few requests each")

// A crowd of all roles works on two projects at once. Afterwards everybody has had exactly one reply to each request,
// nobody did what he may not, every subscriber heard everything in order, the numbers have no gaps, the store is whole, and
// nothing is left running.
func TestACrowdLeavesAWholeBoard(t *testing.T) {
	people, each := 200, 12
	if raced && *crowdFor == 0 {
		people, each = 40, 8
	}
	running := goleak.IgnoreCurrent()
	t.Run("at work", func(t *testing.T) {
		s := newStage(t)
		c := &crowd{projects: []string{s.project(t).Id, s.project(t).Id}}
		var everybody []*person
		for i := range people {
			everybody = append(everybody, c.join(t, s, cast[i%len(cast)], uint64(i)))
		}
		var working sync.WaitGroup
		end := time.Now().Add(*crowdFor)
		for _, m := range everybody {
			working.Go(func() { m.work(t, each, end) })
		}
		working.Wait()

		c.checkItems(t, s)
		requests := 0
		for _, m := range everybody {
			m.leave(t)
			requests += m.asked
		}
		events := c.checkEvents(t, everybody)
		t.Logf("%d people made %d requests and %d items; who watched heard %d events", people, requests, len(c.items), events)
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		offline(t, s.dir, func(h *errand.Handler) {
			report, err := fsck.Check(t.Context(), h.Store, []*errand.Handler{h})
			if err != nil || report.Found() > 0 || len(report.Unchecked) > 0 {
				t.Errorf("the store: %v, %+v", err, report)
			}
			if want := (fsck.Count{Where: "board", What: "work items", N: uint64(len(c.items) - len(c.gone))}); !slices.Contains(report.Counts, want) {
				t.Errorf("counted %+v, want %+v", report.Counts, want)
			}
		})
	})
	goleak.VerifyNone(t, running)
}

// crowd is what its people know of each other's work. Safe for concurrent use.
type crowd struct {
	projects []string

	mu    sync.Mutex
	items []*pmpb.WorkItem // created, in the order of their replies; guarded by mu
	gone  map[string]bool  // guarded by mu
}

func (c *crowd) add(item *pmpb.WorkItem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, item)
}

// item returns any item, an unknown one if there is none yet.
func (c *crowd) item(r *rand.Rand) *pmpb.WorkItem {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.items) == 0 {
		return &pmpb.WorkItem{Id: unknown}
	}
	return c.items[r.IntN(len(c.items))]
}

// person is one connection of the crowd.
type person struct {
	*crowd
	*client.Client
	number uint64
	user   string
	r      *rand.Rand
	entry  string // the last that it started
	asked  int    // requests

	mu     sync.Mutex
	seen   map[string]int // messages by id; guarded by mu
	events []int64        // their sequences; guarded by mu
}

func (c *crowd) join(t *testing.T, s *stage, user string, number uint64) *person {
	m := &person{crowd: c, number: number, user: user, r: rand.New(rand.NewPCG(number, 1)), seen: map[string]int{}, entry: unknown}
	m.Client = s.dialWith(t, client.Options{User: user, EventLimit: -1, Tap: func(raw []byte) {
		e := &pmpb.WebSocketMessage{}
		if err := proto.Unmarshal(raw, e); err != nil {
			t.Errorf("not an envelope: %x", raw)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.seen[e.MessageId]++
		if e.Sequence != nil {
			m.events = append(m.events, *e.Sequence)
		}
	}})
	if m.watches() {
		subscribe(t, m.Client, c.projects...)
	}
	return m
}

// watches says that every second viewer hears all.
func (m *person) watches() bool { return m.user == vic && m.r.Uint64()%2 == 0 }

// id returns the id of a request, which no other connection of the user has.
func (m *person) id(request int) string { return fmt.Sprintf("request %d of %d", request, m.number) }

// work sends n requests, and more while end has not come, and looks at the codes.
func (m *person) work(t *testing.T, n int, end time.Time) {
	for ; m.asked < n || time.Now().Before(end); m.asked++ {
		envelope := client.Envelope(m.request())
		envelope.MessageId = m.id(m.asked)
		reply, err := m.Do(t.Context(), envelope)
		if err != nil {
			t.Error(err)
			return
		}
		switch code := reply.GetError().GetCode(); code {
		case "":
			if name := client.PayloadName(reply); (m.user == vic || m.user == sue) && !slices.Contains(harmless, name) {
				t.Errorf("%s was answered with %s", m.user, name)
			}
			if created := reply.GetWorkItemCreated(); created != nil {
				m.add(created.WorkItem)
			}
			if deleted := reply.GetWorkItemDeleted(); deleted != nil {
				m.forget(deleted.WorkItemId)
			}
			if started := reply.GetTimerStarted(); started != nil {
				m.entry = started.TimeEntry.Id
			}
		case "UNAUTHORIZED", "NOT_FOUND", "CONFLICT", "VALIDATION_ERROR":
		case "OVERLOADED": // with enough processors, a call may lose its conflicts again and again; nothing was done
		default:
			t.Errorf("%T was answered with %v", envelope.Payload, reply)
		}
	}
}

// harmless are the replies that people get who may change nothing.
var harmless = []string{"work_items_list", "running_timer_response"}

func (c *crowd) forget(item string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone == nil {
		c.gone = map[string]bool{}
	}
	c.gone[item] = true
}

// request draws what to do next.
func (m *person) request() proto.Message {
	project, item := m.projects[m.r.IntN(len(m.projects))], m.item(m.r)
	now := time.Now().Unix()
	switch m.r.IntN(12) {
	case 0, 1, 2:
		return &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "One of many", ProjectId: project}
	case 3, 4:
		return &pmpb.UpdateWorkItemRequest{WorkItemId: item.Id, ExpectedVersion: 1, Position: new(m.r.Int32N(5))}
	case 5:
		return &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id}
	case 6:
		return &pmpb.CreateCommentRequest{WorkItemId: item.Id, Content: "Hm"}
	case 7:
		return &pmpb.StartTimerRequest{WorkItemId: item.Id}
	case 8:
		return &pmpb.StopTimerRequest{TimeEntryId: m.entry}
	case 9:
		return &pmpb.CreateDependencyRequest{BlockingItemId: item.Id, BlockedItemId: m.item(m.r).Id, DependencyType: pmpb.DependencyType_BLOCKS}
	case 10:
		return &pmpb.CreateSprintRequest{ProjectId: project, Name: "S", StartDate: now, EndDate: now + hour}
	default:
		if m.user != sue {
			return &pmpb.GetWorkItemsRequest{ProjectId: project}
		}
		return &pmpb.GetRunningTimerRequest{}
	}
}

// checkItems compares the items of the projects with those that people were told of: each is there, unless it was deleted,
// and the numbers of all have no gap.
func (c *crowd) checkItems(t *testing.T, s *stage) {
	numbers := map[string][]int32{}
	live := map[string]int{}
	for _, item := range c.items {
		numbers[item.ProjectId] = append(numbers[item.ProjectId], item.ItemNumber)
		if !c.gone[item.Id] {
			live[item.ProjectId]++
		}
	}
	for _, p := range c.projects {
		slices.Sort(numbers[p])
		for i, n := range numbers[p] {
			if n != int32(i)+1 {
				t.Fatalf("number %d stands in place %d", n, i+1)
			}
		}
		if got := len(list(t, s.boss, p)); got != live[p] {
			t.Errorf("%d items are left, want %d", got, live[p])
		}
	}
}

// leave closes the connection after checking that each request had one reply, and that events came in order.
func (m *person) leave(t *testing.T) {
	if m.Err() == nil {
		ask[*pmpb.Pong](t, m.Client, &pmpb.Ping{}) // behind all events
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	for i := range m.asked {
		if got := m.seen[m.id(i)]; got != 1 {
			t.Errorf("request %d of %s had %d replies", i, m.user, got)
		}
	}
	for id, times := range m.seen {
		if times != 1 || id == "" {
			t.Errorf("message %q came %d times", id, times)
		}
	}
	if !slices.IsSorted(m.events) {
		t.Errorf("events came in the order %v", m.events)
	}
}

// checkEvents compares what those heard who heard of everything, and returns how many events that were.
func (c *crowd) checkEvents(t *testing.T, everybody []*person) int {
	var first *person
	for _, m := range everybody {
		if len(m.events) == 0 {
			continue
		}
		if first == nil {
			first = m
		}
		if !slices.Equal(m.events, first.events) {
			t.Errorf("one heard %d events, another %d", len(first.events), len(m.events))
		}
	}
	if first == nil || len(first.events) < 2*len(c.items) {
		t.Fatalf("nobody heard of %d items", len(c.items))
	}
	return len(first.events)
}
