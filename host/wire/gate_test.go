package wire

import (
	"testing"
)

// With one place at the gate, the other connections wait unread and get in one after the other.
func TestMessagesWaitAtTheGate(t *testing.T) {
	inside, release := make(chan string), make(chan struct{})
	r := start(t, Config{MaxHandling: 1}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &script{message: func(p []byte) {
			inside <- string(p)
			<-release
			conn.Reply(p)
		}}, nil
	}), nil)
	const n = 5
	var clients []*client
	for i := range n {
		c := r.upgraded(t)
		c.write(rawFrame(0x82, string(rune('a'+i))))
		clients = append(clients, c)
	}
	seen := map[string]bool{}
	for range n {
		seen[receive(t, inside)] = true
		select {
		case other := <-inside:
			t.Fatalf("%s is inside, too", other)
		default:
		}
		release <- struct{}{}
	}
	for i, c := range clients {
		name := string(rune('a' + i))
		c.wantFrame(opBinary, name)
		if !seen[name] {
			t.Errorf("%s was not handled", name)
		}
	}
}

// Whoever leaves the line does not hold up those behind.
func TestTheLineAtTheGate(t *testing.T) {
	g := gate{limit: 1}
	conn := func() *Conn {
		c := &Conn{srv: &Server{}, fd: -1}
		c.rouse()
		return c
	}
	enter := func(c *Conn) bool { inside, _ := g.enter(c); return inside }
	first, second, third, fourth := conn(), conn(), conn(), conn()
	if !enter(first) || enter(second) || enter(third) || enter(third) || enter(fourth) {
		t.Fatal("one at a time")
	}
	if got := g.forget(third); got != nil {
		t.Error("nobody can go in yet")
	}
	if got := g.leave(); got != second {
		t.Error("the second is next")
	}
	if enter(fourth) {
		t.Error("the fourth got in before the second")
	}
	if got := g.forget(second); got != fourth {
		t.Error("the fourth is next when the second has gone")
	}
	if !enter(fourth) || g.leave() != nil || !enter(first) || len(g.waiting) != 0 {
		t.Error("the line should be empty")
	}

	g = gate{limit: 2} // two leave before the first in the line comes: the second is told of its place by the first
	if !enter(first) || !enter(second) || enter(third) || enter(fourth) || g.leave() != third || g.leave() != third {
		t.Error("the third is next")
	}
	if inside, next := g.enter(third); !inside || next != fourth {
		t.Error("there is a place for the fourth")
	}
}

// A shutdown gets through while connections wait at the gate.
func TestShutdownWithALineAtTheGate(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	r := start(t, Config{MaxHandling: 1}, acceptFunc(func(*Request, *Conn) (Session, error) {
		return &script{message: func([]byte) { inside <- struct{}{}; <-release }}, nil
	}), nil)
	var clients []*client
	for range 4 {
		c := r.upgraded(t)
		c.write(rawFrame(0x82, "call"))
		clients = append(clients, c)
	}
	receive(t, inside)
	go r.stop() // the cleanup waits for it
	r.waitDraining()
	close(release)
	for _, c := range clients {
		c.wantClose(1001)
		c.nc.Close()
	}
}
