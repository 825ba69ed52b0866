package wire

import (
	"slices"
	"sync"
)

// gate bounds how many connections may have their messages handled at once, over the whole server. Those that have to
// wait are let in in turn. Safe for concurrent use. Its lock comes after that of a Conn.
type gate struct {
	mu      sync.Mutex
	limit   int
	inside  int
	waiting []*Conn // guarded by mu
}

// enter reports whether c may go in; leave must follow then. If not, c is in the line, and is called when it is its turn
// to try again. It returns who else may try, or nil: to be called without any lock held. Call with c.mu held; c is busy.
func (g *gate) enter(c *Conn) (inside bool, next *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	head := len(g.waiting) > 0 && g.waiting[0] == c
	if g.inside < g.limit && (head || len(g.waiting) == 0) {
		if head {
			g.remove(0)
		}
		g.inside++
		return true, g.next()
	}
	if !c.busy.gated {
		c.busy.gated = true
		g.waiting = append(g.waiting, c)
	}
	return false, nil
}

// leave returns whose turn it is, as enter does.
func (g *gate) leave() *Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	return g.next()
}

// forget takes c, which is ending, out of the line. It returns whose turn it is, as enter does. c is busy.
func (g *gate) forget(c *Conn) *Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.busy.gated {
		g.remove(slices.Index(g.waiting, c))
	}
	return g.next()
}

// next returns who may try. Call with mu held, as remove.
func (g *gate) next() *Conn {
	if g.inside < g.limit && len(g.waiting) > 0 {
		return g.waiting[0]
	}
	return nil
}

func (g *gate) remove(i int) {
	g.waiting[i].busy.gated = false
	g.waiting = slices.Delete(g.waiting, i, i+1)
}

// call is said by the gate: c may try again.
func (c *Conn) call() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flags &^= held
	c.changed()
	c.schedule()
}
