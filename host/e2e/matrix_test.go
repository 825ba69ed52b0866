package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// row is a row of the protocol's table of requests, replies and broadcasts: what a request is answered with, and who hears
// what, in which order. Messages are as names.show writes them. An event that carries what the reply does is named only.
type row struct {
	name      string
	user      string // who asks, with the least role that may
	request   func(s *scene) proto.Message
	reply     string   // the payload's name and content; one that ends in ... may go on
	project   []string // what subscribers of P hear, the requester among them
	sprint    []string // subscribers of the sprint alone
	self      []string // all connections of the requester, whatever they subscribed to
	elsewhere []string // subscribers of Q
}

// testMatrix sends each row's request and returns how many there are.
func testMatrix(t *testing.T) int {
	s := newStage(t)
	for _, r := range matrix {
		t.Run(r.name, func(t *testing.T) { s.play(t, r) })
	}
	return len(matrix)
}

func (s *stage) play(t *testing.T, r row) {
	x := s.scene(t, r.user)
	request := r.request(x)

	watch := func(user string, subscription *pmpb.Subscribe) *client.Client {
		c := s.dial(t, user)
		if _, err := c.Acknowledge(t.Context(), subscription); err != nil {
			t.Fatal(err)
		}
		return c
	}
	onProject := watch(vic, &pmpb.Subscribe{ProjectIds: []string{x.p.Id}})
	var ofSprint []string
	if x.sprint != "" {
		ofSprint = append(ofSprint, x.sprint)
	}
	onSprint := watch(vic, &pmpb.Subscribe{SprintIds: ofSprint})
	elsewhere := watch(vic, &pmpb.Subscribe{ProjectIds: []string{x.q.Id}})
	self := watch(r.user, &pmpb.Subscribe{})
	subscribe(t, x.actor, x.p.Id)
	outsider := s.dial(t, sue)
	own := newProject(t, outsider).Id
	subscribe(t, outsider, own)
	listeners := []*client.Client{onProject, onSprint, elsewhere, self, outsider}
	for _, c := range listeners {
		c.TakeEvents()
	}
	before := int64(s.host.Status(t.Context()).Sequence)
	x.takeArrived()

	envelope := client.Envelope(request)
	envelope.MessageId = "the request of " + r.name
	reply, err := x.actor.Do(t.Context(), envelope)
	if err != nil {
		t.Fatal(err)
	}
	x.names.to = time.Now().Unix()
	if reply.MessageId != envelope.MessageId || reply.Sequence != nil || reply.Timestamp < x.now || reply.Timestamp > x.names.to {
		t.Errorf("the reply's envelope is %q %v %d", reply.MessageId, reply.Sequence, reply.Timestamp)
	}
	got, want := x.payload(reply), r.reply
	if start, cut := strings.CutSuffix(want, "..."); cut && strings.HasPrefix(got, start) {
		want = got
	}
	if got != want {
		t.Errorf("answered with\n%s\nwant\n%s", got, want)
	}

	arrived := x.takeArrived()
	last := len(arrived) - 1
	if !proto.Equal(arrived[last], reply) {
		t.Errorf("after the reply came %v", arrived[last])
	}
	ids := map[string]bool{reply.MessageId: true}
	x.heard("the requester", arrived[:last], reply, before, ids, slices.Concat(r.project, r.self))
	for i, want := range [][]string{r.project, r.sprint, r.elsewhere, r.self, nil} {
		// Events are queued on all connections before the reply is, and therefore before that to a ping which comes later.
		ask[*pmpb.Pong](t, listeners[i], &pmpb.Ping{})
		who := []string{"the project", "the sprint", "the other project", "the requester's other connection", "an outsider"}[i]
		x.heard(who, listeners[i].TakeEvents(), reply, before, nil, want)
	}
}

// heard compares what a connection heard. Events are numbered after the commit, and none comes from before.
func (s *scene) heard(who string, events []*pmpb.WebSocketMessage, reply *pmpb.WebSocketMessage, before int64, ids map[string]bool, want []string) {
	s.t.Helper()
	var got []string
	for _, e := range events {
		if e.GetSequence() <= before || e.GetSequence() != events[0].GetSequence() || e.Timestamp == 0 || e.MessageId == "" || ids[e.MessageId] {
			s.t.Errorf("%s heard an event with id %q and sequence %d after %d", who, e.MessageId, e.GetSequence(), before)
		}
		if ids != nil {
			ids[e.MessageId] = true
		}
		text := s.describe(e)
		switch name := client.PayloadName(e); {
		case name == client.PayloadName(reply) && s.payload(e) != s.payload(reply):
			s.t.Errorf("%s heard %s, which is not the reply", who, s.payload(e))
		case name != client.PayloadName(reply) && e.GetActivityLogCreated() == nil:
			text = s.payload(e)
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("%s heard\n\t%s\nwant\n\t%s", who, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// payload shows the payload of a message with its name.
func (s *scene) payload(m *pmpb.WebSocketMessage) string {
	if client.PayloadName(m) == "" {
		return "acknowledged"
	}
	bare := &pmpb.WebSocketMessage{Payload: m.Payload}
	return strings.TrimSuffix(strings.TrimPrefix(s.names.show(bare), "{"), "}")
}

// TestConformance holds the running appliance against the protocol, sentence by sentence.
func TestConformance(t *testing.T) {
	var rows, codes, writes int
	t.Run("matrix", func(t *testing.T) { rows = testMatrix(t) })
	t.Run("codes", func(t *testing.T) { codes = testCodes(t) })
	t.Run("once", func(t *testing.T) { writes = testOnce(t) })
	t.Logf("%d rows, %d codes, %d writes repeated", rows, codes, writes)
}
