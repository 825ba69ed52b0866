package load

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// rules are what a server of these tests does wrong. The zero value is one that does everything right.
type rules struct {
	refuse     int  // every so many creations of an item; 0: none
	forget     bool // lists are one item short
	chatter    bool // an event before each reply
	closeAfter int  // so many items were created on a connection; 0: never
	cutAfter   int  // so many events were sent to a subscriber; 0: never
	room       int  // for connections; 0: no bound
}

// server is a board in memory that knows just enough for a run.
type server struct {
	t     *testing.T
	url   string
	rules rules

	mu          sync.Mutex
	connections int
	counts      map[string]int
	projects    int
	created     int
	items       map[string][]*pmpb.WorkItem // by project
	subscribers map[string][]*peer
}

type peer struct {
	mu      sync.Mutex // one write at a time
	conn    *websocket.Conn
	created int
	events  int
}

func serve(t *testing.T, r rules) *server {
	t.Helper()
	s := &server{t: t, rules: r, counts: map[string]int{}, items: map[string][]*pmpb.WorkItem{}, subscribers: map[string][]*peer{}}
	var peers sync.WaitGroup
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peers.Add(1)
		defer peers.Done()
		s.mu.Lock()
		s.connections++
		full := s.rules.room > 0 && s.connections > s.rules.room
		s.mu.Unlock()
		if full {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		defer conn.CloseNow()
		s.talk(&peer{conn: conn})
	}))
	t.Cleanup(func() {
		web.Close()
		peers.Wait()
	})
	s.url = "ws" + strings.TrimPrefix(web.URL, "http")
	return s
}

// requests returns how many of each payload came.
func (s *server) requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// handled returns how many requests about items came, those of the preparation among them.
func (s *server) handled() int {
	counts := s.requests()
	return counts["create_work_item_request"] + counts["update_work_item_request"] + counts["get_work_items_request"]
}

func (s *server) talk(p *peer) {
	for {
		_, raw, err := p.conn.Read(context.Background())
		if err != nil {
			return
		}
		request := &pmpb.WebSocketMessage{}
		if err := proto.Unmarshal(raw, request); err != nil {
			s.t.Errorf("no envelope: %v", err)
		}
		if s.rules.closeAfter > 0 && p.created == s.rules.closeAfter {
			_ = p.conn.Close(websocket.StatusTryAgainLater, "enough")
			return
		}
		reply := s.answer(p, request)
		reply.MessageId = request.MessageId
		if s.rules.chatter && reply.GetWorkItemCreated() != nil {
			p.send(&pmpb.WebSocketMessage{MessageId: "an-event", Payload: reply.Payload})
		}
		p.send(reply)
	}
}

func (s *server) answer(p *peer, request *pmpb.WebSocketMessage) *pmpb.WebSocketMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[client.PayloadName(request)]++
	switch r := request.Payload.(type) {
	case *pmpb.WebSocketMessage_CreateProjectRequest:
		s.projects++
		return client.Envelope(&pmpb.ProjectCreated{Project: &pmpb.Project{Id: fmt.Sprint("project-", s.projects)}})
	case *pmpb.WebSocketMessage_CreateWorkItemRequest:
		return s.create(p, r.CreateWorkItemRequest)
	case *pmpb.WebSocketMessage_UpdateWorkItemRequest:
		return s.update(r.UpdateWorkItemRequest)
	case *pmpb.WebSocketMessage_GetWorkItemsRequest:
		items := s.items[r.GetWorkItemsRequest.ProjectId]
		if s.rules.forget {
			items = items[1:]
		}
		return client.Envelope(&pmpb.WorkItemsList{WorkItems: slices.Clone(items)})
	case *pmpb.WebSocketMessage_Subscribe:
		project := r.Subscribe.ProjectIds[0]
		s.subscribers[project] = append(s.subscribers[project], p)
	}
	return &pmpb.WebSocketMessage{}
}

func (s *server) create(p *peer, r *pmpb.CreateWorkItemRequest) *pmpb.WebSocketMessage {
	s.created++
	if s.rules.refuse > 0 && s.created%s.rules.refuse == 0 {
		return client.Envelope(&pmpb.Error{Code: "RATE_LIMITED", Message: "too many"})
	}
	p.created++
	item := &pmpb.WorkItem{Id: fmt.Sprint("item-", s.created), Version: 1, ProjectId: r.ProjectId}
	s.items[r.ProjectId] = append(s.items[r.ProjectId], item)
	for _, subscriber := range s.subscribers[r.ProjectId] {
		subscriber.events++
		if s.rules.cutAfter > 0 && subscriber.events > s.rules.cutAfter {
			go subscriber.conn.Close(websocket.StatusTryAgainLater, "too slow") // ends with the connection
			continue
		}
		event := client.Envelope(&pmpb.WorkItemCreated{WorkItem: item})
		event.MessageId = fmt.Sprint("event-", s.created)
		subscriber.send(event)
	}
	return client.Envelope(&pmpb.WorkItemCreated{WorkItem: item})
}

func (s *server) update(r *pmpb.UpdateWorkItemRequest) *pmpb.WebSocketMessage {
	for _, items := range s.items {
		for i, item := range items {
			if item.Id != r.WorkItemId {
				continue
			}
			if item.Version != r.ExpectedVersion {
				return client.Envelope(&pmpb.Error{Code: "CONFLICT", Message: "another version"})
			}
			items[i] = &pmpb.WorkItem{Id: item.Id, Version: item.Version + 1, ProjectId: item.ProjectId}
			return client.Envelope(&pmpb.WorkItemUpdated{WorkItem: items[i]})
		}
	}
	return client.Envelope(&pmpb.Error{Code: "NOT_FOUND", Message: "no such item"})
}

func (p *peer) send(message *pmpb.WebSocketMessage) {
	raw, err := proto.Marshal(message)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.conn.Write(context.Background(), websocket.MessageBinary, raw) // the client may have left
}
