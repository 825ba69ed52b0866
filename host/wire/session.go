package wire

import "github.com/gobwas/ws"

// Session is what the server above makes of one connection. The server calls its methods one at a time, in the order of
// the client's frames.
type Session interface {
	// Message is given one binary message. It borrows payload until return. The next message is read when it returns;
	// replies go through the Conn, and it must not wait for a client to read them.
	Message(payload []byte)

	// Closed is called exactly once, after the last Message has returned: no call follows. The socket is closed, and
	// the connection's place free, only when it returns.
	Closed(reason CloseReason)
}

// TextCounter is a Session that wants to know of text messages. They are checked and dropped by the protocol, but they
// count against a client's rate.
type TextCounter interface {
	// Text is called where Message would be for a binary message. It has no part in what the text said.
	Text()
}

// TextSession is a Session that reads text messages, too. It is called for them instead of TextCounter.
type TextSession interface {
	// TextMessage is Message with a text message, which is UTF-8.
	TextMessage(payload []byte)
}

// react acts on one event, or drops it if the connection is not open any more.
func (c *Conn) react(ev event) {
	switch ev.kind {
	case ping:
		c.mu.Lock()
		if c.state == opened {
			c.rouse().queue.add(ws.OpPong, ev.payload)
			if !c.is(running) {
				c.wakeWriter()
			}
		}
		c.mu.Unlock()
	case pong: // a sign of life, like every other byte
	case binaryMessage:
		if c.begin() {
			c.session.Message(ev.payload)
			mangle(ev.payload)
			c.done()
		}
	case textMessage:
		if reader, ok := c.session.(TextSession); ok {
			if c.begin() {
				reader.TextMessage(ev.payload)
				mangle(ev.payload)
				c.done()
			}
		} else if counter, ok := c.session.(TextCounter); ok && c.begin() {
			counter.Text()
			c.done()
		}
	}
}

// begin reports whether the session may have a message now; done must follow.
func (c *Conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != opened || c.is(draining) {
		return false
	}
	c.busy.handling = true
	return true
}

func (c *Conn) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy.handling = false
	if c.busy.handled != nil {
		close(c.busy.handled)
		c.busy.handled = nil
	}
}

// drain stops messages from reaching the session. It returns a channel that is closed when the running one has
// returned, or nil if none runs.
func (c *Conn) drain() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flags |= draining
	c.changed()
	b := c.busy
	if b == nil {
		return nil
	}
	if b.handling && b.handled == nil {
		b.handled = make(chan struct{})
	}
	return b.handled
}

// paused reports whether the client owes us the reading of half a queue. Until it has done so its requests wait, which
// bounds what they can cost. Call with mu held.
func (c *Conn) paused() bool {
	return c.state == opened && !c.is(draining) && c.busy != nil && c.busy.queue.overHalf(&c.srv.cfg)
}

// fail answers a violation, if the connection is not closing already. The client may still be sending.
func (c *Conn) fail(bad *violation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(CloseReason{Code: bad.code, Text: bad.text}, closeFrame(bad.code, bad.text))
	c.stopReading(true)
}

// peerClosed answers a close frame, or notes the answer to ours.
func (c *Conn) peerClosed(payload []byte) {
	code, text, bad := parseClose(payload)
	if bad != nil {
		c.fail(bad)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(CloseReason{Code: code, Text: text, Remote: true}, closeEcho(code))
	c.stopReading(false)
}

// lose notes that the socket has ended.
func (c *Conn) lose(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(lost(err), nil)
	c.stopReading(false)
}

// stopReading is said once the client cannot say anything more that matters. linger is whether it may still be sending,
// so that the socket needs a careful end. Call with mu held, when the state is not opened any more.
func (c *Conn) stopReading(linger bool) {
	c.flags |= readDone
	c.rouse().linger = linger
}
