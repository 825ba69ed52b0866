package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAFullQueueAndAStalledSocketCutTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{SendQueue: 4, StallTimeout: 2 * time.Second}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		for range 3 {
			mustSend(t, e.conn, "x")
		}
		time.Sleep(time.Hour) // not full: the client may take its time
		mustSend(t, e.conn, "full")
		time.Sleep(time.Second) // less than a write's deadline and some more would be a matter of luck
		if err := e.conn.Send(frameOf(nil)); !errors.Is(err, ErrSlow) {
			t.Errorf("send: %v", err)
		}
		c.wantEnd()
		if got, want := <-e.closed, (CloseReason{Code: CloseTryLater, Text: slowText}); got != want {
			t.Errorf("got %+v", got)
		}
	})
}

// A client that takes one byte within each StallTimeout is slow, but not stalled.
func TestAClientThatReadsALittleIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{SendQueue: 2, StallTimeout: 2 * time.Second}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		for range 3 {
			mustSend(t, e.conn, strings.Repeat("x", 98))
		}
		for range 300 {
			time.Sleep(1900 * time.Millisecond)
			if _, err := io.ReadFull(c.nc, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		mustSend(t, e.conn, "y")
		c.wantFrame(opBinary, "y")
	})
}

func TestTooManyQueuedBytesCutTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{SendBytes: 1000}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		mustSend(t, e.conn, strings.Repeat("x", 5000)) // on an empty queue anything goes
		if err := e.conn.Send(frameOf([]byte("y"))); !errors.Is(err, ErrSlow) {
			t.Fatalf("send: %v", err)
		}
		if err := e.conn.Send(frameOf([]byte("y"))); !errors.Is(err, ErrSlow) {
			t.Fatalf("send: %v", err)
		}
		e.conn.Close(CloseNormal, "too late")
		// Nothing of the message had been accepted, so the close frame may come in its place.
		synctest.Wait()
		if reason := c.wantClose(1013); reason != "slow consumer" {
			t.Errorf("reason %q", reason)
		}
		c.wantEnd()
		<-e.closed
	})
}

// The close frame never lands inside a message: what had begun is finished, or there is no close frame.
func TestTheLastWordsOfACutConnectionFollowTheBegunFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{SendBytes: 1000}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		long := strings.Repeat("x", 5000)
		mustSend(t, e.conn, long)
		c.br.Peek(1) // accepts 4096 bytes of it
		if err := e.conn.Send(frameOf([]byte("y"))); !errors.Is(err, ErrSlow) {
			t.Fatalf("send: %v", err)
		}
		synctest.Wait()
		c.wantFrame(opBinary, long)
		c.wantClose(1013)
		c.wantEnd()
		<-e.closed
	})
}

// A client that asks and does not read costs half a queue, not more; when it reads, it gets everything.
func TestRequestsWaitWhileTheirAnswersAreNotRead(t *testing.T) {
	for _, kind := range []struct {
		name   string
		ask    byte
		answer byte
	}{{"messages", 0x82, opBinary}, {"pings", 0x89, opPong}} {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				acceptor, made := echoes()
				r := startInMemory(t, Config{SendQueue: 10, StallTimeout: time.Second}, acceptor, nil)
				c := r.upgraded(t)
				e := <-made
				const n = 500
				sent := make(chan error, 1)
				go func() { // ends with the last write, waited for below
					var err error
					for range n {
						if _, err = c.nc.Write(rawFrame(kind.ask, "ask")); err != nil {
							break
						}
					}
					sent <- err
				}()
				synctest.Wait()
				e.conn.mu.Lock()
				queued := e.conn.busy.queue.messages
				e.conn.mu.Unlock()
				if queued != 6 { // one more than half
					t.Errorf("%d answers wait", queued)
				}
				time.Sleep(time.Hour) // far beyond StallTimeout
				for range n {
					c.wantFrame(kind.answer, "ask")
				}
				if err := <-sent; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The same on real sockets: one subscriber does not read, the other one gets everything at once.
func TestASlowReaderDoesNotDelayOthers(t *testing.T) {
	acceptor, made := echoes()
	r := start(t, Config{
		SendQueue: 50, SendBytes: 1 << 20, SocketBytes: 16 << 10, // little in the kernel, so that not reading is felt soon
		StallTimeout: 100 * time.Millisecond,
	}, acceptor, nil)
	slow := r.upgraded(t)
	slowEnd := receive(t, made)
	quick := r.upgraded(t)
	quickEnd := receive(t, made)

	event := frameOf([]byte(strings.Repeat("e", 1000)))
	for lost := false; !lost; {
		if err := slowEnd.conn.Send(event); err != nil {
			if !errors.Is(err, ErrSlow) {
				t.Fatalf("send: %v", err)
			}
			lost = true
		}
		if err := quickEnd.conn.Send(event); err != nil {
			t.Fatalf("send to the other: %v", err)
		}
		quick.wantFrame(opBinary, string(event.Payload()))
		quick.write(rawFrame(0x82, "call"))
		quick.wantFrame(opBinary, "call")
	}
	if got := receive(t, slowEnd.closed); got.Code != CloseTryLater {
		t.Errorf("got %+v", got)
	}
	for { // whole messages, perhaps the close frame, perhaps a cut one: never anything else
		f, err := slow.frame()
		if err != nil {
			break
		}
		if f.b0 != 0x88 && f.payload != string(event.Payload()) {
			t.Fatalf("got %v", f)
		}
	}
	quick.write(rawFrame(0x82, "still here"))
	quick.wantFrame(opBinary, "still here")
}

func mustSend(t testing.TB, c *Conn, payload string) {
	t.Helper()
	if err := c.Send(frameOf([]byte(payload))); err != nil {
		t.Fatalf("send: %v", err)
	}
}
