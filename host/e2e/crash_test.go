package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

var crashRounds = flag.Int("crash.rounds", 3, "how often the server is killed")

// The real server is killed in the middle of its work, again and again, and started again in the same directory. Each time
// it holds exactly what it has acknowledged: what was asked and not answered, asked again, is done once.
func TestCrashRounds(t *testing.T) {
	t.Setenv("PM_RATE_LIMIT_MAX_REQUESTS", "10000")
	t.Setenv("PM_RATE_LIMIT_WINDOW_SECS", "1")
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(1, 1))
	var team *team
	passed, failed := 0, 0
	for round := range *crashRounds {
		if t.Run(fmt.Sprintf("round %d", round), func(t *testing.T) {
			p := spawn(t, dir)
			if team == nil {
				team = newTeam(t, p)
			}
			team.work(t, p, 20+rng.IntN(300))
			p = spawn(t, dir)
			team.resume(t, p)
			team.check(t, p)
		}) {
			passed++
		} else {
			failed++
		}
	}
	t.Logf("%d passed, %d failed", passed, failed)
}

// team is some clients and what the server has told them.
type team struct {
	projects []string
	members  []*member
}

// member works on items that nobody else touches, on a connection of its own for each run of the server.
type member struct {
	name    string
	project string
	count   int                       // of requests made
	asked   *pmpb.WebSocketMessage    // without an answer yet, if not nil
	items   map[string]*pmpb.WorkItem // the live ones as last told, by id
	numbers []int32                   // of all items ever made
	latest  string                    // id of the item made last, if it is live
	first   [2]*pmpb.WebSocketMessage // some request and its answer, to be repeated
}

func newTeam(t *testing.T, p *process) *team {
	const projects, members = 3, 8
	tm := &team{}
	c := p.dial(t)
	for range projects {
		tm.projects = append(tm.projects, newProject(t, c).Id)
	}
	for i := range members {
		tm.members = append(tm.members, &member{
			name: fmt.Sprintf("member%d", i), project: tm.projects[i%projects], items: map[string]*pmpb.WorkItem{},
		})
	}
	return tm
}

// dial connects until the test ends.
func (p *process) dial(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.Dial(soon(t), p.url, client.Options{User: ann})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return c
}

// work lets all members work at once, and kills the server in the middle of it, after so many answers.
func (tm *team) work(t *testing.T, p *process, answers int) {
	var group sync.WaitGroup
	answered := make(chan struct{})
	ended := make(chan struct{})
	for _, m := range tm.members {
		c := p.dial(t)
		group.Go(func() {
			for m.step(t, c) {
				select {
				case answered <- struct{}{}:
				case <-ended:
				}
			}
		})
	}
	gone := make(chan struct{})
	go func() { // ends with the members
		group.Wait()
		close(gone)
	}()
	for range answers {
		select {
		case <-answered:
		case <-gone:
			t.Fatal("the server has ended by itself")
		}
	}
	p.kill(t)
	close(ended)
	<-gone
}

// step makes a request and notes the answer. It returns false if the server is gone.
func (m *member) step(t *testing.T, c *client.Client) bool {
	if m.asked == nil {
		m.asked = m.next()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := c.Do(ctx, m.asked)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: no answer: %v", m.name, err)
		}
		return false
	}
	m.take(t, answer)
	return true
}

// next returns a new request.
func (m *member) next() *pmpb.WebSocketMessage {
	m.count++
	var payload proto.Message
	item := m.items[m.latest]
	switch {
	case item != nil && m.count%3 == 0:
		payload = &pmpb.UpdateWorkItemRequest{
			WorkItemId: item.Id, ExpectedVersion: item.Version, Title: proto.String(fmt.Sprintf("%s changes %d", m.name, m.count)),
		}
	case item != nil && m.count%7 == 0:
		payload = &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id}
	default:
		payload = &pmpb.CreateWorkItemRequest{
			ItemType: pmpb.WorkItemType_TASK, Title: fmt.Sprintf("%s makes %d", m.name, m.count), ProjectId: m.project,
		}
	}
	return identified(fmt.Sprintf("%s-%d", m.name, m.count), payload)
}

// take notes an answer. A refusal for want of capacity leaves the request to be made again.
func (m *member) take(t *testing.T, answer *pmpb.WebSocketMessage) {
	switch payload := answer.Payload.(type) {
	case *pmpb.WebSocketMessage_WorkItemCreated:
		item := payload.WorkItemCreated.WorkItem
		m.items[item.Id], m.latest = item, item.Id
		m.numbers = append(m.numbers, item.ItemNumber)
	case *pmpb.WebSocketMessage_WorkItemUpdated:
		item := payload.WorkItemUpdated.WorkItem
		if before := m.items[item.Id]; item.Version != before.Version+1 {
			t.Errorf("%s: version %d after %d", m.name, item.Version, before.Version)
		}
		m.items[item.Id] = item
	case *pmpb.WebSocketMessage_WorkItemDeleted:
		delete(m.items, m.latest)
	default:
		if code := answer.GetError().GetCode(); code != "OVERLOADED" && code != "TIMEOUT" {
			t.Errorf("%s: %v was answered with %v", m.name, m.asked, answer)
		}
		return
	}
	if m.first[0] == nil || m.count%50 == 0 {
		m.first = [2]*pmpb.WebSocketMessage{m.asked, answer}
	}
	m.asked = nil
}

// resume repeats what was not answered, and something that was.
func (tm *team) resume(t *testing.T, p *process) {
	c := p.dial(t)
	for _, m := range tm.members {
		for m.asked != nil {
			if !m.step(t, c) {
				t.Fatal("the server has ended")
			}
		}
		again, err := c.Do(soon(t), m.first[0])
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(again, m.first[1]) {
			t.Errorf("%v was answered with %v at first and then with %v", m.first[0], m.first[1], again)
		}
	}
}

// check compares the projects with what the members were told.
func (tm *team) check(t *testing.T, p *process) {
	c := p.dial(t)
	for _, project := range tm.projects {
		want, numbers := map[string]*pmpb.WorkItem{}, []int32{}
		for _, m := range tm.members {
			if m.project == project {
				for id, item := range m.items {
					want[id] = item
				}
				numbers = append(numbers, m.numbers...)
			}
		}
		slices.Sort(numbers)
		for i, number := range numbers {
			if int(number) != i+1 {
				t.Fatalf("project %s: the numbers given are not 1 to %d, each once: %v", project, len(numbers), numbers)
			}
		}
		got := list(t, c, project)
		for _, item := range got {
			if !proto.Equal(item, want[item.Id]) {
				t.Errorf("the server holds %v, it has told %v", item, want[item.Id])
			}
			delete(want, item.Id)
		}
		for _, item := range want {
			t.Errorf("the server does not hold %v", item)
		}
		if !slices.IsSortedFunc(got, func(a, b *pmpb.WorkItem) int { return int(a.Position - b.Position) }) {
			t.Errorf("project %s is not listed in order", project)
		}
	}
}
