package e2e

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// writes reports whether the row's request may change something.
func (r row) writes() bool {
	for _, verb := range []string{"Create", "Update", "Delete", "Start", "Stop"} {
		if strings.HasPrefix(r.name, verb) {
			return true
		}
	}
	return false
}

// testOnce sends each writing request of the matrix twice and returns how many there are: behaviour section 1.8.
func testOnce(t *testing.T) int {
	var rows []row
	for _, r := range matrix {
		if r.writes() {
			rows = append(rows, r)
		}
	}
	s := newStage(t)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { s.repeat(t, r) })
	}
	t.Run("what was refused may be tried again", s.tryAgain)
	t.Run("an empty id is no id", s.withoutID)
	return len(rows)
}

func (s *stage) repeat(t *testing.T, r row) {
	x := s.scene(t, r.user)
	request := client.Envelope(r.request(x))
	request.MessageId = "once: " + r.name
	watcher := s.dial(t, r.user)
	subscribe(t, watcher, x.p.Id)
	first, second := s.raw(t, r.user), s.raw(t, r.user)

	reply := exchange(t, first, encode(t, request))
	if decode(t, reply).GetError() != nil {
		t.Fatalf("answered with %v", decode(t, reply))
	}
	ask[*pmpb.Pong](t, watcher, &pmpb.Ping{})
	watcher.TakeEvents()

	// The clock of the client is not part of what is compared.
	request.Timestamp = 12345
	for i, connection := range []*client.Raw{first, second} {
		if again := exchange(t, connection, encode(t, request)); !bytes.Equal(again, reply) {
			t.Errorf("connection %d got %x, then %x", i, reply, again)
		}
	}
	other := proto.Clone(request).(*pmpb.WebSocketMessage)
	payload := other.ProtoReflect().Get(other.ProtoReflect().WhichOneof(other.ProtoReflect().Descriptor().Oneofs().ByName("payload"))).Message()
	payload.SetUnknown(text(2000, "another payload"))
	for what, message := range map[string]*pmpb.WebSocketMessage{
		"another payload":   other,
		"another operation": {Payload: &pmpb.WebSocketMessage_DeleteDependencyRequest{DeleteDependencyRequest: &pmpb.DeleteDependencyRequest{}}},
	} {
		message.MessageId = request.MessageId
		if answer := decode(t, exchange(t, second, encode(t, message))); answer.GetError().GetCode() != "INVALID_MESSAGE" {
			t.Errorf("%s with the same id was answered with %v", what, answer)
		}
	}
	ask[*pmpb.Pong](t, watcher, &pmpb.Ping{})
	if events := watcher.TakeEvents(); len(events) > 0 {
		t.Errorf("repeating was announced: %v", events)
	}

	// Another user's message with the same id is another message: it is handled, well or not.
	stranger := exchange(t, s.raw(t, sue), encode(t, request))
	if bytes.Equal(stranger, reply) || decode(t, stranger).GetError().GetCode() == "INVALID_MESSAGE" {
		t.Errorf("another user's message with the same id was answered with %v", decode(t, stranger))
	}
}

// tryAgain sends a request that is refused, removes the reason, and sends it again.
func (s *stage) tryAgain(t *testing.T) {
	x := s.scene(t, ann)
	_, story, task := x.under()
	request := encode(t, &pmpb.WebSocketMessage{
		MessageId: "again",
		Payload:   &pmpb.WebSocketMessage_DeleteWorkItemRequest{DeleteWorkItemRequest: &pmpb.DeleteWorkItemRequest{WorkItemId: story}},
	})
	r := s.raw(t, ann)
	if answer := decode(t, exchange(t, r, request)); answer.GetError().GetCode() != "DELETE_BLOCKED" {
		t.Fatalf("answered with %v", answer)
	}
	ask[*pmpb.WorkItemDeleted](t, x.boss, &pmpb.DeleteWorkItemRequest{WorkItemId: task})
	if answer := decode(t, exchange(t, r, request)); answer.GetWorkItemDeleted() == nil {
		t.Errorf("the same message, where nothing stands against it, was answered with %v", answer)
	}
}

// withoutID sends the same request without a message id twice.
func (s *stage) withoutID(t *testing.T) {
	x := s.scene(t, ann)
	request := encode(t, client.Envelope(&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "T", ProjectId: x.p.Id}))
	r := s.raw(t, ann)
	for number := int32(1); number <= 2; number++ {
		if answer := decode(t, exchange(t, r, request)); answer.MessageId != "" || answer.GetWorkItemCreated().GetWorkItem().GetItemNumber() != number {
			t.Errorf("message %d was answered with %v", number, answer)
		}
	}
}

// Copies of a message that come over several connections at the same time are one message.
func TestCopiesAtTheSameTimeAreOneMessage(t *testing.T) {
	const copies, rounds = 4, 20
	a := start(t, boardOnly, nil)
	c := a.dial(t, ann)
	project := newProject(t, c).Id
	var connections []*client.Raw
	for range copies {
		connections = append(connections, a.raw(t, ann))
	}
	for round := range rounds {
		request := client.Envelope(&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "T", ProjectId: project})
		request.MessageId = "copy " + string(rune('a'+round))
		message := encode(t, request)
		replies, failures := make([][]byte, copies), make([]error, copies)
		var sending sync.WaitGroup
		for i, r := range connections {
			sending.Go(func() { replies[i], failures[i] = roundTrip(t.Context(), r, message) })
		}
		sending.Wait()
		if err := errors.Join(failures...); err != nil {
			t.Fatal(err)
		}
		for _, reply := range replies {
			if !bytes.Equal(reply, replies[0]) || decode(t, reply).GetWorkItemCreated() == nil {
				t.Fatalf("round %d: %v and %v", round, decode(t, replies[0]), decode(t, reply))
			}
		}
	}
	if items := list(t, c, project); len(items) != rounds {
		t.Errorf("%d items after %d rounds", len(items), rounds)
	}
}

func roundTrip(ctx context.Context, r *client.Raw, message []byte) ([]byte, error) {
	if err := r.SendBytes(ctx, client.Binary, message); err != nil {
		return nil, err
	}
	return r.Receive(ctx)
}

func encode(t *testing.T, m *pmpb.WebSocketMessage) []byte {
	t.Helper()
	raw, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
