package wire

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMessageLimitOnTheWire(t *testing.T) {
	const limit = 10_000
	at := strings.Repeat("m", limit)
	tests := []struct {
		name string
		send []byte
		want []received
	}{
		{"declared length of one byte more", rawHeader(0x82, true, limit+1), nil},
		{"declared length of 2^63-1", rawHeader(0x82, true, 1<<63-1), nil},
		{"fragments, the last of which is too long", join(rawFrame(0x02, at), rawHeader(0x80, true, 1)), nil},
		{"text", rawHeader(0x81, true, limit+1), nil},
		{"after a message of the limit", join(rawFrame(0x82, at), rawHeader(0x82, true, limit+1)), frames(at)},
	}
	acceptor, _ := echoes()
	r := start(t, Config{MaxMessageBytes: limit}, acceptor, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := r.upgraded(t)
			defer c.nc.Close()
			c.write(tt.send)
			for _, want := range tt.want {
				c.wantFrame(want.b0&0x0f, want.payload)
			}
			c.wantClose(1009)
			c.wantEnd()
		})
	}
}

// The close frame must reach a client that is in the middle of sending what we do not want.
func TestCloseFrameArrivesWhileTheClientSends(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{MaxMessageBytes: 1000}, acceptor, nil)
	c := r.upgraded(t)
	c.write(append(rawHeader(0x82, true, 500_000), make([]byte, 500_000)...))
	c.wantClose(1009)
	c.wantEnd()
}

// Many connections that each declare the largest message allowed, and send little of it, cost what they sent.
func TestDeclaredLengthsCostNothing(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{MaxMessageBytes: 1 << 30}, acceptor, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		c := r.upgraded(t)
		c.write(join(rawFrame(0x89, "!"), rawHeader(0x82, true, 1<<30), []byte("the first bytes")))
		c.wantFrame(opPong, "!")
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 20<<20 {
		t.Errorf("%d bytes allocated", grown)
	}
}

// A client has FlushTimeout to answer a close frame.
func TestACloseFrameThatIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{FlushTimeout: 3 * time.Second}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		began := time.Now()
		e.conn.Close(ClosePolicy, "enough")
		c.wantClose(1008)
		// It goes on talking instead; nothing of it reaches the session, no ping is answered.
		c.write(join(rawFrame(0x82, "ignored"), rawFrame(0x89, "ignored"), rawFrame(0x82, "ignored")))
		c.wantEnd()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if got := <-e.closed; got.Code != ClosePolicy {
			t.Errorf("got %+v", got)
		}
	})
}

// A client that does not even read the close frame is dropped.
func TestACloseFrameThatIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{FlushTimeout: 3 * time.Second, StallTimeout: time.Hour}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		mustSend(t, e.conn, "unread")
		began := time.Now()
		e.conn.Close(ClosePolicy, "enough")
		if got := <-e.closed; got.Code != ClosePolicy || time.Since(began) != 3*time.Second {
			t.Errorf("got %+v after %v", got, time.Since(began))
		}
		if b, err := io.ReadAll(c.br); len(b) > 0 || err != nil {
			t.Errorf("read %q, %v", b, err)
		}
	})
}

// A session may take its payload for its own only until it returns, and gets one message at a time.
func TestMessagesAreHandledOneAtATime(t *testing.T) {
	const n = 300
	inside := make(chan struct{}, 1) // a second message inside would find it full
	got := make(chan string, n)
	r := start(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &script{message: func(payload []byte) {
			select {
			case inside <- struct{}{}:
			default:
				t.Error("two messages at once")
			}
			runtime.Gosched()
			got <- string(payload)
			<-inside
		}}, nil
	}), nil)
	c := r.upgraded(t)
	var all []byte
	for i := range n {
		all = append(all, rawFrame(0x82, strings.Repeat("i", i))...)
	}
	c.write(all)
	for i := range n {
		if m := receive(t, got); len(m) != i {
			t.Fatalf("message %d has %d bytes", i, len(m))
		}
	}
}

type counting struct {
	echo
	texts chan struct{}
}

func (c *counting) Text() { c.texts <- struct{}{} }

func TestTextMessagesAreCounted(t *testing.T) {
	texts := make(chan struct{}, 10)
	r := start(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &counting{echo{conn, make(chan CloseReason, 1)}, texts}, nil
	}), nil)
	c := r.upgraded(t)
	c.write(join(rawFrame(0x81, "one"), rawFrame(0x01, "tw"), rawFrame(0x89, ""), rawFrame(0x80, "o"), rawFrame(0x82, "end")))
	c.wantFrame(opPong, "")
	c.wantFrame(opBinary, "end")
	if len(texts) != 2 {
		t.Errorf("%d texts", len(texts))
	}
}
