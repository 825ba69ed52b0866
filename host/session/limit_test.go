package session

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"workcell/abi/envelope"
	"workcell/host/client"
	"workcell/host/fanout"
	"workcell/host/identity"
	"workcell/host/wire"
)

// limited is a world in which time stands still and a connection may send three messages a minute.
func limited(t *testing.T) (*world, *client.Raw) {
	t.Helper()
	w := &world{gone: make(chan struct{}, 1), limit: Rate{Messages: 3, Window: time.Minute}, passed: new(atomic.Int64)}
	w.serve(t, identity.NewDoor(nil, "local-user"), w, fanout.NewHub(nothing{}))
	c, err := client.DialRaw(t.Context(), w.url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Abort)
	return w, c
}

func send(t *testing.T, c *client.Raw, kind client.MessageType, msg string) {
	t.Helper()
	if err := c.SendBytes(t.Context(), kind, []byte(msg)); err != nil {
		t.Fatal(err)
	}
}

// answered sends an envelope and returns what comes back: "" if it is the envelope.
func answered(t *testing.T, c *client.Raw, id string) (code, text string) {
	t.Helper()
	msg := envelope.Append(nil, []byte(id), 1, envelope.Ping, nil)
	send(t, c, client.Binary, string(msg))
	return refusal(t, c, id)
}

func refusal(t *testing.T, c *client.Raw, id string) (code, text string) {
	t.Helper()
	raw, err := c.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := envelope.Peek(raw)
	if err != nil || string(got.MessageID) != id {
		t.Fatalf("%q was answered with %q, %v", id, raw, err)
	}
	if got.Number != envelope.Error {
		return "", ""
	}
	return string(envelope.Field(got.Payload, 1)), string(envelope.Field(got.Payload, 2))
}

func TestMessagesOverTheRateLimitAreNotHandled(t *testing.T) {
	w, c := limited(t)
	step := func(name, want string) {
		t.Helper()
		if code, text := answered(t, c, name); code != want || want != "" && !strings.Contains(text, "wait 20 s") {
			t.Errorf("%s: answered with %q %q, want %q", name, code, text, want)
		}
	}
	for _, name := range []string{"one", "two", "three"} {
		step(name, "")
	}
	for _, name := range []string{"four", "five", "six", "seven"} {
		step(name, "RATE_LIMITED")
	}
	w.passed.Add(int64(20 * time.Second))
	step("a token later", "") // and the refusals are forgotten
	for _, name := range []string{"1st", "2nd", "3rd", "4th"} {
		step(name, "RATE_LIMITED")
	}
	send(t, c, client.Binary, "the 5th")
	_, err := c.Receive(t.Context())
	closed, ok := errors.AsType[*client.CloseError](err)
	if !ok || closed.Code != int(wire.ClosePolicy) || !strings.Contains(closed.Reason, "rate limit") {
		t.Errorf("the connection ended with %v", err)
	}
	<-w.gone
	seen, log, asked := w.told()
	if want := 9; strings.Count(seen, "rate limited") != want || len(asked) != 4 {
		t.Errorf("%d messages were handled; observed %s", len(asked), seen)
	}
	for count, want := range map[int]int{1: 2, 2: 2, 3: 2, 4: 2, 5: 1} {
		line := fmt.Sprintf(`"count":%d,"limit":5}`, count)
		if got := strings.Count(log, line); got != want || strings.Count(log, `"level":"WARN","msg":"message refused: rate limit"`) != 9 {
			t.Errorf("%s was logged %d times, want %d:\n%s", line, got, want, log)
		}
	}
}

// Text means nothing and an undecodable message has no id, but both count.
func TestWhatIsNoEnvelopeCountsAgainstTheRateLimit(t *testing.T) {
	_, c := limited(t)
	for i := range 3 {
		send(t, c, client.Text, fmt.Sprint(i))
	}
	send(t, c, client.Text, "too much")
	send(t, c, client.Binary, "\xff")
	for range 2 {
		if code, _ := refusal(t, c, ""); code != "RATE_LIMITED" {
			t.Errorf("answered with %q", code)
		}
	}
}

// After the last straw nothing is handled, whatever time it is when it comes, and nothing fills the log.
func TestAConnectionThatIsToBeClosedGetsNothingHandled(t *testing.T) {
	now := time.Duration(0)
	w := &world{}
	server := &Server{dispatcher: w, observer: w, log: slog.New(slog.NewJSONHandler(w, nil)), rate: Rate{Messages: 1, Window: time.Hour}, clock: func() time.Duration { return now }}
	s := &Session{server: server}
	s.strikes = MaxStrikes
	s.replies.place() // an answer is missing, so the connection stays open for it
	now = time.Hour
	s.Message([]byte("late"))
	if seen, log, asked := w.told(); len(asked) != 0 || seen != "rate limited" || log != "" {
		t.Errorf("%d messages were handled; observed %s, logged %s", len(asked), seen, log)
	}
}
