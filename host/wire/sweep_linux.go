//go:build amd64 || arm64

package wire

import "time"

// watchDeadlines looks at deadlines until the poller is closed.
func (p *poller) watchDeadlines() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			p.sweep(now)
		case <-p.closed:
			return
		}
	}
}

// watch has the deadlines of c watched, which is not at rest. Call with c.mu held, as unwatch.
func (p *poller) watch(c *Conn) {
	if c.busy.watched {
		return
	}
	c.busy.watched = true
	p.watchMu.Lock()
	defer p.watchMu.Unlock()
	p.watched[c] = struct{}{}
	p.most = max(p.most, len(p.watched))
}

func (p *poller) unwatch(c *Conn) {
	if !c.busy.watched {
		return
	}
	c.busy.watched = false
	p.watchMu.Lock()
	defer p.watchMu.Unlock()
	delete(p.watched, c)
	if len(p.watched) == 0 && p.most > 1000 {
		p.watched, p.most = make(map[*Conn]struct{}), 0 // a map does not shrink
	}
}

// sweep ends what has lasted too long at the time now. Safe for concurrent use.
func (p *poller) sweep(now time.Time) {
	p.watchMu.Lock()
	conns := make([]*Conn, 0, len(p.watched))
	for c := range p.watched {
		conns = append(conns, c)
	}
	p.watchMu.Unlock()
	for _, c := range conns {
		c.expire(now)
	}
}

// expire ends c if the time of something is over.
func (c *Conn) expire(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.busy
	if b == nil || c.fd < 0 {
		return
	}
	switch c.state {
	case greeting, ending, lingering:
		if !now.Before(b.deadline) {
			c.dropLocked(b.reason)
		}
	case opened:
		switch {
		case c.is(running):
		case !b.began.IsZero() && now.Sub(b.began) >= c.srv.cfg.MessageTimeout:
			c.dropLocked(lost(errSlowSender))
		case !b.moved.IsZero() && c.stalled(now):
			c.cutSlow()
		}
	}
}
