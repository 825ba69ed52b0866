package dispatch

import (
	"errors"
	"sync"
	"time"

	"workcell/host/fault"
)

// maxUnsynced is how many commits may wait for the disk at once. The next ones wait for room, no longer than they have time:
// half of what the store takes is left to its other users, so that nobody waits for room in the store, where no time counts.
const maxUnsynced = 512

// Who has the last word on a message that is parked.
const (
	nobody   int32 = iota
	syncer         // durable, or lost by a sync that failed
	deadline       // the sync has not ended in time
)

// errUnsynced is what the log says of a message that was answered without the syncer.
var errUnsynced = errors.New("the sync of the log has not ended by the call's deadline: look at the disk and the kernel's log")

// unsynced are the messages whose goroutine in Handle has let go of them and whose sync has not ended, in the order of
// their deadlines. One timer is set for the first one; it is not set again for each message, but goes off once in a while
// and finds that there is nothing to do. Safe for concurrent use; mu is a leaf.
type unsynced struct {
	mu    sync.Mutex
	first *message // guarded by mu, as are all below, and earlier, later and listed of messages
	last  *message
	timer *time.Timer // runs sweep in a goroutine that ends by itself; nil until it is needed
	due   time.Time   // when it goes off; zero: it does not
}

// add puts m into the list, unless the syncer was quicker. Most messages are added in the order of their deadlines.
func (u *unsynced) add(m *message) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if m.lastWord.Load() != nobody {
		return
	}
	before := u.last
	for before != nil && before.patience.until.After(m.patience.until) {
		before = before.earlier
	}
	m.earlier, m.listed = before, true
	if before == nil {
		m.later, u.first = u.first, m
	} else {
		m.later, before.later = before.later, m
	}
	if m.later == nil {
		u.last = m
	} else {
		m.later.earlier = m
	}
	if u.first == m && (u.due.IsZero() || m.patience.until.Before(u.due)) {
		u.set(m.patience.until)
	}
}

// set lets the timer go off. Call with mu held.
func (u *unsynced) set(due time.Time) {
	u.due = due
	if u.timer == nil {
		u.timer = time.AfterFunc(time.Until(due), u.sweep)
		return
	}
	u.timer.Reset(time.Until(due))
}

// remove takes m out of the list, if it is there. The syncer does it before it lets go of m.
func (u *unsynced) remove(m *message) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if m.listed {
		u.unlink(m)
	}
}

// unlink is called with mu held.
func (u *unsynced) unlink(m *message) {
	if m.earlier == nil {
		u.first = m.later
	} else {
		m.earlier.later = m.later
	}
	if m.later == nil {
		u.last = m.earlier
	} else {
		m.later.earlier = m.earlier
	}
	m.earlier, m.later, m.listed = nil, nil, false
}

// sweep answers the messages whose time is up. It does not matter if two run at once.
func (u *unsynced) sweep() {
	for m := u.take(); m != nil; m = u.take() {
		m.expire()
		m.release()
	}
}

// take returns the first message, held, if its time is up. If not, it sets the timer and returns nil.
func (u *unsynced) take() *message {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := u.first
	switch {
	case m == nil:
		u.due = time.Time{}
		return nil
	case time.Now().Before(m.patience.until):
		u.set(m.patience.until)
		return nil
	}
	u.unlink(m)
	m.holders.Add(1) // it was listed, so the syncer still holds it
	return m
}

// expire answers m, for nobody knows whether it is durable, unless the syncer was quicker. What the syncer does later, the
// client sees no more of than events and its retry.
func (m *message) expire() bool {
	if !m.lastWord.CompareAndSwap(nobody, deadline) {
		return false
	}
	m.refuse(fault.New(fault.Uncertain, errUnsynced))
	m.conclude()
	return true
}

// wait waits for the syncer, until m's deadline. If that comes first m is answered, and it reports false.
func (m *message) wait() bool {
	select {
	case <-m.durable:
		return true
	default:
	}
	defer m.patience.alarm.stop()
	select {
	case <-m.durable:
		return true
	case <-m.patience.alarm.set(m.patience.until):
	}
	if m.expire() {
		return false
	}
	<-m.durable // the syncer is at it
	return true
}
