package e2e

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// resume subscribes to a project from a commit on, and returns what comes until the acknowledgement, and that.
func resume(t *testing.T, r *client.Raw, project string, after int64) (events []*pmpb.WebSocketMessage, acknowledged *pmpb.WebSocketMessage) {
	t.Helper()
	subscribe := identified("resume", &pmpb.Subscribe{ProjectIds: []string{project}, ResumeAfter: &after})
	if err := r.SendBytes(t.Context(), client.Binary, marshal(t, subscribe)); err != nil {
		t.Fatal(err)
	}
	for {
		raw, err := r.Receive(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		m := decode(t, raw)
		if m.Sequence == nil {
			if m.MessageId != "resume" || m.Payload != nil {
				t.Fatalf("acknowledged with %v", m)
			}
			return events, m
		}
		events = append(events, m)
	}
}

// sameEvents compares events but for their ids, which are each time new.
func sameEvents(t *testing.T, got, want []*pmpb.WebSocketMessage) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i := range want {
		a, b := proto.CloneOf(got[i]), proto.CloneOf(want[i])
		if a.MessageId == "" || a.MessageId == b.MessageId {
			t.Errorf("event %d has the id %q", i, a.MessageId)
		}
		a.MessageId, b.MessageId = "", ""
		if !proto.Equal(a, b) {
			t.Errorf("event %d is\n%v\nwant\n%v", i, a, b)
		}
	}
}

func TestAClientThatComesBackGetsWhatItMissed(t *testing.T) {
	dir := t.TempDir()
	a := startIn(t, dir, boardOnly, nil)
	c, steady := a.dial(t, ann), a.dial(t, ann)
	project, other := newProject(t, c), newProject(t, c)
	subscribe(t, steady, project.Id)
	steady.TakeEvents()
	dig := func(from, to int) (events []*pmpb.WebSocketMessage) {
		for n := from; n <= to; n++ {
			newTask(t, c, other.Id, "Not asked for")
			newTask(t, c, project.Id, fmt.Sprint("Dig ", n))
			events = append(events, nextEvent(t, steady), nextEvent(t, steady))
		}
		return events
	}
	seen := dig(1, 2)
	last := seen[len(seen)-1].GetSequence()
	missed := dig(3, 6)

	back := a.raw(t, ann)
	got, acknowledged := resume(t, back, project.Id, last)
	sameEvents(t, got, missed)
	if acknowledged.Reload != nil {
		t.Errorf("acknowledged with %v", acknowledged)
	}
	again, _ := resume(t, back, project.Id, last)
	sameEvents(t, again, nil) // it is subscribed already
	live := dig(7, 7)
	for _, want := range live {
		raw, err := back.Receive(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := decode(t, raw); got.GetSequence() != want.GetSequence() {
			t.Errorf("live came %v, want %v", got, want)
		}
	}

	// A restart makes no difference.
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	a = startIn(t, dir, boardOnly, nil)
	got, acknowledged = resume(t, a.raw(t, ann), project.Id, last)
	sameEvents(t, got, append(missed, live...))
	if acknowledged.Reload != nil {
		t.Errorf("after a restart acknowledged with %v", acknowledged)
	}
}

func TestAClientThatCannotBeToldWhatItMissedReloads(t *testing.T) {
	a := start(t, boardOnly, nil)
	c := a.dial(t, ann)
	project := newProject(t, c)
	newTask(t, c, project.Id, "Dig")
	for _, after := range []int64{1 << 40, -1} { // a history that is not this server's
		events, acknowledged := resume(t, a.raw(t, ann), project.Id, after)
		if !acknowledged.GetReload() || len(events) != 0 {
			t.Errorf("after %d: %d events, acknowledged with %v", after, len(events), acknowledged)
		}
	}
}
