package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// Operations, section 6: a running message finishes, its reply arrives, then close 1001.
func TestGracefulShutdown(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	running, release := make(chan *Conn, 1), make(chan struct{})
	closed := make(chan CloseReason, 2)
	r := start(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &script{
			message: func(payload []byte) {
				running <- conn
				<-release
				conn.Send(frameOf([]byte("reply to " + string(payload))))
			},
			closed: func(reason CloseReason) { closed <- reason },
		}, nil
	}), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	idle := r.upgraded(t)
	busy := r.upgraded(t)
	silent := r.client(t) // connected, nothing sent; a ping below shows that it was accepted
	kept := r.client(t)
	kept.write([]byte("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"))
	kept.wantStatus(200)
	busy.write(join(rawFrame(0x82, "the call"), rawFrame(0x82, "never handled")))
	receive(t, running)

	down := make(chan error, 1)
	go func() { down <- r.srv.Shutdown(context.Background()) }() // waited for below
	r.waitDraining()

	// While the message runs: pings are answered, messages not handled, upgrades refused, nothing accepted.
	idle.write(join(rawFrame(0x82, "too late"), rawFrame(0x89, "alive?")))
	idle.wantFrame(opPong, "alive?")
	kept.write([]byte(upgradeRequest))
	res, body := kept.wantStatus(503)
	if body != "" || !res.Close {
		t.Errorf("body %q, close %v", body, res.Close)
	}
	if err := receive(t, r.served); err != nil {
		t.Errorf("serve: %v", err)
	}
	if nc, err := r.dial(); err == nil {
		nc.Close()
		t.Error("still accepting")
	}
	select {
	case err := <-down:
		t.Fatalf("down while a message runs: %v", err)
	default:
	}

	close(release)
	busy.wantFrame(opBinary, "reply to the call")
	for _, c := range []*client{busy, idle} {
		c.wantClose(1001)
		c.write(rawFrame(0x88, closeBody(1001, "")))
		c.wantEnd()
		if got := receive(t, closed); got.Code != CloseGoingAway || got.Remote {
			t.Errorf("got %+v", got)
		}
	}
	if err := receive(t, down); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if _, err := silent.br.ReadByte(); err == nil {
		t.Error("the silent connection got an answer")
	}
	r.stopped()
	if err := r.srv.Serve(&memoryListener{closed: make(chan struct{})}); !errors.Is(err, ErrServerClosed) {
		t.Errorf("serve again: %v", err)
	}
}

// Within two bubbles of time: DrainTimeout for a message that does not return, FlushTimeout for clients that do not read.
func TestShutdownHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		made := make(chan *Conn, 3)
		closed := make(chan CloseReason, 3)
		r := startInMemory(t, Config{DrainTimeout: 5 * time.Second, FlushTimeout: 2 * time.Second},
			acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
				made <- conn
				return &script{
					message: func([]byte) { <-release },
					closed:  func(reason CloseReason) { closed <- reason },
				}, nil
			}), nil)
		stuck, unread, good := r.upgraded(t), r.upgraded(t), r.upgraded(t)
		<-made
		unreadConn := <-made
		mustSend(t, unreadConn, "nobody reads this")
		stuck.write(rawFrame(0x82, "a call without end"))
		synctest.Wait()
		go func() {
			good.wantClose(1001)
			good.write(rawFrame(0x88, closeBody(1001, "")))
			good.wantEnd()
		}()
		began := time.Now()
		err := r.srv.Shutdown(context.Background())
		if err == nil || !strings.Contains(err.Error(), "1 messages still running") {
			t.Errorf("shutdown: %v", err)
		}
		if took, most := time.Since(began), 7*time.Second+dropGrace; took != most {
			t.Errorf("took %v, want %v", took, most)
		}
		if len(closed) != 2 {
			t.Errorf("%d sessions ended, the third is in its message", len(closed))
		}
		close(release)
		for range 3 {
			if got := <-closed; got.Code != CloseGoingAway {
				t.Errorf("got %+v", got)
			}
		}
		unread.wantEnd()
		<-r.srv.stopped
		<-r.served
		r.stopped()
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := startInMemory(t, Config{}, acceptFunc(func(*Request, *Conn) (Session, error) {
			return &script{message: func([]byte) { <-release }}, nil
		}), nil)
		c := r.upgraded(t)
		c.write(rawFrame(0x82, "a call without end"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := r.srv.Shutdown(ctx); err == nil || time.Since(began) != time.Second+dropGrace {
			t.Errorf("shutdown: %v after %v", err, time.Since(began))
		}
		close(release)
		<-r.srv.stopped
		<-r.served
		r.stopped()
	})
}

// A caller whose replies come after Message has returned: Drain, then the replies, then Shutdown.
func TestDrainKeepsConnectionsOpen(t *testing.T) {
	acceptor, made := echoes()
	r := start(t, Config{}, acceptor, nil)
	c := r.upgraded(t)
	e := receive(t, made)
	for range 2 { // once more does no harm
		if err := r.srv.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	mustSend(t, e.conn, "a late reply")
	c.wantFrame(opBinary, "a late reply")
	go r.stop() // the cleanup waits for it
	c.wantClose(1001)
	c.write(rawFrame(0x88, closeBody(1001, "")))
	c.wantEnd()
}

func TestRunningHTTPRequestsFinish(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(inside)
		<-release
		io.WriteString(w, "done")
	}))
	c := r.client(t)
	c.write([]byte("POST /import HTTP/1.1\r\nHost: h\r\n\r\n"))
	<-inside
	down := make(chan error, 1)
	go func() { down <- r.srv.Shutdown(context.Background()) }() // waited for below
	r.waitDraining()
	close(release)
	if _, body := c.wantStatus(200); body != "done" {
		t.Error(body)
	}
	if err := receive(t, down); err != nil {
		t.Error(err)
	}
}

func TestShutdownWithoutServe(t *testing.T) {
	acceptor, _ := echoes()
	s := NewServer(Config{}, acceptor, http.NotFoundHandler(), nil)
	for range 2 {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// A listener's passing error is waited out, a lasting one is Serve's.
func TestListenerErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, _ := echoes()
		s := NewServer(Config{}, acceptor, http.NotFoundHandler(), nil)
		broken := errors.New("broken")
		ln := &failing{errs: []error{passing{}, passing{}, fmt.Errorf("accept: %w", broken)}}
		began := time.Now()
		if err := s.Serve(ln); !errors.Is(err, broken) {
			t.Errorf("serve: %v", err)
		}
		if took := time.Since(began); took != 15*time.Millisecond {
			t.Errorf("waited %v", took)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

type failing struct {
	memoryListener
	errs []error
}

func (l *failing) Accept() (net.Conn, error) {
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

func (l *failing) Close() error { return nil }

type passing struct{}

func (passing) Error() string   { return "too many open files" }
func (passing) Temporary() bool { return true }
