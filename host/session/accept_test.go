package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/client"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/identity"
	"workcell/host/wire"
	"workcell/storage"
	"workcell/storage/txn"
)

const secret = "0123456789abcdef0123456789abcdef"

// world is a wire.Server with sessions, their observer, and a dispatcher that answers with what it got.
type world struct {
	*Server
	url    string
	limit  Rate
	passed *atomic.Int64 // nanoseconds of the clock of limit; nil: the real one

	mu    sync.Mutex
	log   bytes.Buffer
	seen  []string       // by the observer
	asked []abi.Identity // who sent messages
	gone  chan struct{}  // a connection has ended
}

// nothing is a fanout.Past without events.
type nothing struct{}

func (nothing) Sequence() storage.Sequence { return 0 }
func (nothing) Begin() (*txn.Txn, error)   { return nil, storage.ErrUnavailable }

func (w *world) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, what)
}

func (w *world) Connected()         { w.note("connected") }
func (w *world) Refused(why string) { w.note("refused " + why) }
func (w *world) Dropped()           { w.note("dropped") }
func (w *world) RateLimited()       { w.note("rate limited") }
func (w *world) Disconnected(reason wire.CloseReason) {
	w.note("disconnected: " + reason.Text)
	w.gone <- struct{}{}
}

// told returns what was observed and logged so far, and the identities of those who asked.
func (w *world) told() (seen, log string, asked []abi.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.seen, ", "), w.log.String(), slices.Clone(w.asked)
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) Handle(_ context.Context, caller dispatch.Caller, request uint64, msg []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, caller.Identity())
	caller.Reply(request, msg)
	return true
}

func newWorld(t *testing.T, door *identity.Door) *world {
	t.Helper()
	w := &world{gone: make(chan struct{}, 10)}
	w.serve(t, door, w, fanout.NewHub(nothing{}))
	return w
}

// serve serves sessions with a dispatcher until the test ends.
func (w *world) serve(t *testing.T, door *identity.Door, dispatcher Dispatcher, hub *fanout.Hub) {
	t.Helper()
	w.Server = NewServer(dispatcher, hub, door, w.limit, w, slog.New(slog.NewJSONHandler(w, nil)))
	if w.passed != nil {
		w.clock = func() time.Duration { return time.Duration(w.passed.Load()) }
	}
	server := wire.NewServer(wire.Config{}, w, http.NotFoundHandler(), nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ended by Shutdown below
	t.Cleanup(func() {
		if err := errors.Join(server.Shutdown(context.Background()), <-served); err != nil {
			t.Error(err)
		}
	})
	w.url = "ws://" + listener.Addr().String() + "/ws"
}

func doorWithTokens() *identity.Door {
	return identity.NewDoor(identity.NewVerifier(identity.SecretKey(secret), ""), "local-user")
}

func mint(t *testing.T, life time.Duration) string {
	t.Helper()
	now := time.Now()
	token, err := identity.SecretKey(secret).Mint(identity.Token{Subject: "user-1", Roles: []string{"admin", "x"}, Issued: now, Expires: now.Add(life)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// connect connects, and has a message answered.
func (w *world) connect(t *testing.T, query string, options client.Options) *client.Raw {
	t.Helper()
	c, err := client.DialRaw(t.Context(), w.url+query, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	if err := c.SendBytes(t.Context(), client.Binary, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Receive(t.Context()); err != nil || string(got) != "hello" {
		t.Fatalf("answered %q, %v", got, err)
	}
	return c
}

func TestWhoASessionIs(t *testing.T) {
	token := mint(t, time.Hour)
	for _, c := range []struct {
		name    string
		door    *identity.Door
		query   string
		options client.Options
		mode    abi.AuthMode
		user    string
		roles   []string
	}{
		{"a client that says who it is", identity.NewDoor(nil, "local-user"), "?user_id=user-1", client.Options{}, abi.AuthDesktop, "user-1", nil},
		{"a client that does not", identity.NewDoor(nil, "local-user"), "", client.Options{}, abi.AuthDesktop, "local-user", nil},
		{"a token in the header", doorWithTokens(), "", client.Options{Token: token}, abi.AuthToken, "user-1", []string{"admin", "x"}},
		{"a token in the query", doorWithTokens(), "?token=" + token, client.Options{}, abi.AuthToken, "user-1", []string{"admin", "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.door)
			w.connect(t, c.query, c.options)
			_, log, asked := w.told()
			got := asked[0]
			if got.Mode != c.mode || got.User != identity.UserID(c.user) || !slices.Equal(got.Roles, c.roles) || got.Connection == [16]byte{} {
				t.Errorf("the session is %+v", got)
			}
			if strings.Contains(log, token[:20]) {
				t.Errorf("the token is in the log: %s", log)
			}
		})
	}
}

func TestARefusalTellsTheLogWhyAndTheClientNothing(t *testing.T) {
	w := newWorld(t, doorWithTokens())
	token := mint(t, -time.Hour)
	for _, options := range []client.Options{{Token: token}, {Header: http.Header{"Authorization": {"Basic secret"}}}, {}} {
		_, err := client.DialRaw(t.Context(), w.url, options)
		refused, ok := errors.AsType[*client.RefusedError](err)
		if !ok || refused.Status != http.StatusUnauthorized || refused.Body != "" {
			t.Errorf("refused with %v", err)
		}
	}
	seen, log, _ := w.told()
	if seen != "refused expired, refused no_bearer, refused no_token" {
		t.Errorf("observed %s", seen)
	}
	if strings.Count(log, `"reason":"expired"`) != 1 || strings.Contains(log, token[:20]) || strings.Contains(log, "secret") {
		t.Errorf("logged %s", log)
	}
}

func TestAConnectionDoesNotOutliveItsToken(t *testing.T) {
	w := newWorld(t, doorWithTokens())
	short := w.connect(t, "", client.Options{Token: mint(t, time.Minute)})
	long := w.connect(t, "", client.Options{Token: mint(t, time.Hour)})
	now := time.Now()
	w.CloseExpired(now.Add(time.Minute + identity.Leeway - 10*time.Second)) // not yet
	w.CloseExpired(now.Add(time.Minute + identity.Leeway + time.Second))
	_, err := short.Receive(t.Context())
	closed, ok := errors.AsType[*client.CloseError](err)
	if !ok || closed.Code != int(wire.ClosePolicy) || closed.Reason != "token expired" {
		t.Errorf("the connection ended with %v", err)
	}
	if err := long.SendBytes(t.Context(), client.Binary, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if got, err := long.Receive(t.Context()); err != nil || string(got) != "still here" {
		t.Errorf("the other connection answers %q, %v", got, err)
	}
	<-w.gone
	if err := long.Close(1000, ""); err != nil {
		t.Error(err)
	}
	<-w.gone
	if left := w.expiring.take(now.Add(time.Hour * 2)); len(left) != 0 {
		t.Errorf("%d sessions are still remembered", len(left))
	}
	if seen, _, _ := w.told(); seen != "connected, connected, disconnected: token expired, disconnected: " {
		t.Errorf("observed %s", seen)
	}
}
