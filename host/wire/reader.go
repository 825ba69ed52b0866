package wire

import "github.com/gobwas/ws"

// Session is what the server above makes of one connection. The server calls its methods one at a time, in the order of
// the client's frames, on the connection's goroutine.
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

// run reads the client's frames until the connection ends. first is what arrived along with the upgrade, and may be the
// front of buf. It returns whether the client may still be sending, so that the socket needs a careful end.
func (c *Conn) run(session Session, buf, first []byte) (linger bool) {
	frames := assembler{maxBytes: c.cfg.MaxMessageBytes}
	defer frames.release()
	data := first
	for {
		for len(data) > 0 {
			var ev event
			var bad *violation
			data, ev, bad = frames.next(data)
			if bad != nil {
				c.fail(bad)
				return true
			}
			if ev.kind == closing {
				return c.peerClosed(ev.payload)
			}
			c.handle(session, ev)
			if ev.kind == binaryMessage {
				frames.release()
			}
		}
		n, err := c.nc.Read(buf)
		data = buf[:n]
		if n == 0 && err != nil {
			c.mu.Lock()
			c.end(lost(err), nil)
			c.mu.Unlock()
			return false
		}
	}
}

// handle acts on one event, or drops it if the connection is not open any more.
func (c *Conn) handle(session Session, ev event) {
	switch ev.kind {
	case ping:
		if c.awaitRoom() {
			c.mu.Lock()
			c.send(controlFrame(ws.OpPong, ev.payload)) // an error means that the connection is ending
			c.mu.Unlock()
		}
	case pong: // nothing waits for one
	case binaryMessage:
		if c.begin() {
			session.Message(ev.payload)
			mangle(ev.payload)
			c.done()
		}
	case textMessage:
		if counter, ok := session.(TextCounter); ok && c.begin() {
			counter.Text()
			c.done()
		}
	}
}

// awaitRoom blocks while the client owes us the reading of half a queue, which bounds what its requests can cost. It
// reports whether the connection is open.
func (c *Conn) awaitRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.awaitRoomLocked()
}

func (c *Conn) awaitRoomLocked() bool {
	for c.state == opened && !c.draining && c.queue.overHalf(c.cfg) {
		c.changed.Wait() // woken by the writer, end, cutSlow, dropLocked and drain
	}
	return c.state == opened
}

// begin reports whether the session may have a message now; done must follow.
func (c *Conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.awaitRoomLocked() || c.draining {
		return false
	}
	c.handling = true
	return true
}

func (c *Conn) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handling = false
	if c.handled != nil {
		close(c.handled)
		c.handled = nil
	}
}

// drain stops messages from reaching the session. It returns a channel that is closed when the running one has
// returned, or nil if none runs.
func (c *Conn) drain() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	c.changed.Broadcast()
	if c.handling && c.handled == nil {
		c.handled = make(chan struct{})
	}
	return c.handled
}

// fail answers a violation, if the connection is not closing already.
func (c *Conn) fail(bad *violation) {
	c.Close(bad.code, bad.text)
}

// peerClosed answers a close frame, or notes the answer to ours.
func (c *Conn) peerClosed(payload []byte) (linger bool) {
	code, text, bad := parseClose(payload)
	if bad != nil {
		c.fail(bad)
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(CloseReason{Code: code, Text: text, Remote: true}, closeEcho(code))
	return false
}

// settle waits until the write goroutine has ended, so that the socket is ours alone. It returns why the connection
// ended and whether its socket is still whole.
func (c *Conn) settle() (reason CloseReason, alive bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.changed.Wait()
	}
	alive = c.state == ending
	c.state = dropped
	c.queue.drop()
	return c.reason, alive
}
