//go:build amd64 || arm64

package wire

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTwoHundredHalfOpenUpgrades(t *testing.T) {
	acceptor, _ := echoes()
	r := startPolled(t, Config{}, acceptor)
	var clients []*client
	for i := range 200 {
		c := r.client(t)
		c.write([]byte(upgradeRequest[:i%len(upgradeRequest)]))
		clients = append(clients, c)
	}
	good := r.upgraded(t) // nobody is in its way
	r.untilWatched(200)
	r.srv.poll.Load().sweep(after(r.srv.cfg.HeaderTimeout - time.Minute))
	r.untilWatched(200)
	r.srv.poll.Load().sweep(after(r.srv.cfg.HeaderTimeout))
	for _, c := range clients {
		c.wantEnd()
	}
	r.untilWatched(0)
	good.write(rawFrame(0x82, "still here"))
	good.wantFrame(opBinary, "still here")
}

// A client that sends a byte a second: each byte is progress, and none of them buys time.
func TestSlowSenders(t *testing.T) {
	message := rawFrame(0x02, "the first fragment")
	for _, sent := range []int{1, 3, 7, len(message)} {
		t.Run(fmt.Sprint(sent), func(t *testing.T) {
			acceptor, made := echoes()
			r := startPolled(t, Config{}, acceptor)
			c := r.upgraded(t)
			e := receive(t, made)
			r.untilWatched(0)
			c.write(message[:1])
			r.untilWatched(1)
			for i := 1; i < sent; i++ {
				c.write(message[i : i+1])
			}
			if sent == len(message) { // the frame is whole, the message is not
				c.write(rawFrame(0x89, "still here?"))
				c.wantFrame(opPong, "still here?")
			}
			r.srv.poll.Load().sweep(time.Now().Add(r.srv.cfg.MessageTimeout / 2))
			if len(e.closed) > 0 {
				t.Fatal("too early")
			}
			if got := sweepUntil(t, r, r.srv.cfg.MessageTimeout, e.closed); !errors.Is(got.Err, errSlowSender) {
				t.Errorf("got %+v", got)
			}
			if b, err := io.ReadAll(c.br); len(b) > 0 {
				t.Errorf("got %q, %v", b, err)
			}
		})
	}
}

func TestAMessageThatArrivesInTimeIsForgotten(t *testing.T) {
	acceptor, _ := echoes()
	r := startPolled(t, Config{}, acceptor)
	c := r.upgraded(t)
	message := rawFrame(0x82, "in two pieces")
	c.write(message[:5])
	r.untilWatched(1)
	c.write(message[5:])
	c.wantFrame(opBinary, "in two pieces")
	r.untilWatched(0)
	r.srv.poll.Load().sweep(after(time.Hour))
	c.write(message)
	c.wantFrame(opBinary, "in two pieces")
}

// The same for a serial connection, on a clock that jumps.
func TestSlowSenderOfASerialConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{MessageTimeout: 30 * time.Second}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		time.Sleep(time.Hour) // silence is no slowness
		began := time.Now()
		for _, b := range rawFrame(0x82, strings.Repeat("m", 100)) {
			if _, err := c.nc.Write([]byte{b}); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		c.wantEnd()
		if got := <-e.closed; !errors.Is(got.Err, errSlowSender) || time.Since(began) > 31*time.Second {
			t.Errorf("got %+v after %v", got, time.Since(began))
		}
	})
}

// A client that asks and never reads: its requests wait, and when its queue is full it is cut.
func TestAClientThatNeverReads(t *testing.T) {
	acceptor, made := echoes()
	r := startPolled(t, Config{SendQueue: 8, SocketBytes: 8 << 10}, acceptor)
	c := r.upgraded(t)
	e := receive(t, made)
	ask := rawFrame(0x82, strings.Repeat("a", 20_000))
	stuck := make(chan struct{})
	go func() { // ends when the connection does, waited for below
		defer close(stuck)
		for {
			if _, err := c.nc.Write(ask); err != nil {
				return
			}
		}
	}()
	r.untilWatched(1)
	for waits := false; !waits; runtime.Gosched() {
		e.conn.mu.Lock()
		waits = e.conn.paused()
		e.conn.mu.Unlock()
	}
	r.srv.poll.Load().sweep(after(time.Hour)) // half a queue: the client may take its time
	for range 4 {
		mustSend(t, e.conn, "an event")
	}
	e.conn.mu.Lock()
	queued := e.conn.busy.queue.bytes
	e.conn.mu.Unlock()
	if queued > 8*20_100 {
		t.Errorf("%d bytes wait", queued)
	}
	if got := sweepUntil(t, r, r.srv.cfg.StallTimeout, e.closed); got.Code != CloseTryLater {
		t.Errorf("got %+v", got)
	}
	<-stuck
}

func TestACloseFrameThatIsNotAnsweredByAPolledClient(t *testing.T) {
	acceptor, made := echoes()
	r := startPolled(t, Config{}, acceptor)
	c := r.upgraded(t)
	e := receive(t, made)
	e.conn.Close(ClosePolicy, "enough")
	c.wantClose(1008)
	r.srv.poll.Load().sweep(time.Now())
	if len(e.closed) > 0 {
		t.Error("too early")
	}
	if got := sweepUntil(t, r, r.srv.cfg.FlushTimeout, e.closed); got.Code != ClosePolicy {
		t.Errorf("got %+v", got)
	}
	c.wantEnd()
}
