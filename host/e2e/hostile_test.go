package e2e

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/abi/envelope"
	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// The payload fields of guests/hostile, which are no messages of the protocol: clients see them as unknown fields.
const (
	hostileWrite = 990
	hostileRead  = 991
	hostileReply = 992
)

// boardAndHostile are a handler that is right and one that is wrong, in one appliance.
var boardAndHostile = []string{"./guests/handlers/board", "./guests/hostile"}

// behave asks the hostile guest for a behaviour, and returns the envelope that answers.
func behave(t testing.TB, c *client.Client, id string, number uint32, behaviour string) *pmpb.WebSocketMessage {
	t.Helper()
	request := &pmpb.WebSocketMessage{MessageId: id}
	request.ProtoReflect().SetUnknown(envelope.Append(nil, nil, 0, number, []byte(behaviour)))
	reply, err := c.Do(t.Context(), request)
	if err != nil {
		t.Fatalf("%s: %v", behaviour, err)
	}
	if reply.MessageId != id {
		t.Fatalf("%s: the reply carries the id %q, want %q", behaviour, reply.MessageId, id)
	}
	return reply
}

// said returns what the hostile guest replied; it must have replied.
func said(t testing.TB, reply *pmpb.WebSocketMessage) string {
	t.Helper()
	h, err := envelope.Peek(reply.ProtoReflect().GetUnknown())
	if err != nil || h.Number != hostileReply {
		t.Fatalf("%v is no reply of the hostile guest", reply)
	}
	return string(h.Payload)
}

// The texts that clients get, whatever a guest did.
const (
	trapText    = "The handler failed; nothing was stored"
	timeoutText = "The request took too long; nothing was stored"
)

func TestAHostileHandlerCostsItsOwnCallAnErrorReply(t *testing.T) {
	a := start(t, boardAndHostile, map[string]string{"handler.instances": "4"})
	bystander := workMeanwhile(t, a)
	c := a.dial(t, ann)
	if got := said(t, behave(t, c, "before", hostileWrite, "put before 1")); got != "stored" {
		t.Fatalf("a good call was answered with %q", got)
	}
	for i, test := range []struct {
		number    uint32
		behaviour string
		code      string
		text      string
		reason    string // in the log
	}{
		{hostileWrite, "half panic", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half nil", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half divide", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half recurse", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half hoard", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half deadlock", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half fatal", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half exit", "HANDLER_TRAP", trapText, "exit"},
		{hostileRead, "exit-import 0", "HANDLER_TRAP", trapText, "exit"},
		{hostileWrite, "half reply 33 1048576", "HANDLER_TRAP", trapText, "reply_bytes"},
		{hostileWrite, "half writes 10001 0", "HANDLER_TRAP", trapText, "writes"},
		{hostileWrite, "half writes 5 4194304", "HANDLER_TRAP", trapText, "write_bytes"},
		{hostileWrite, "half events 2001 0", "HANDLER_TRAP", trapText, "events"},
		{hostileWrite, "half events 17 1048576", "HANDLER_TRAP", trapText, "event_bytes"},
		{hostileWrite, "half undeclared-event", "HANDLER_TRAP", trapText, "undeclared_event"},
		{hostileWrite, "half scopes 5 4 1", "HANDLER_TRAP", trapText, "bad_argument"},
		{hostileWrite, "half undeclared-set 2", "HANDLER_TRAP", trapText, "undeclared_data_set"},
		{hostileWrite, "half write-read-set", "HANDLER_TRAP", trapText, "read_only"},
		{hostileRead, "put stolen 1", "HANDLER_TRAP", trapText, "read_only"},
		{hostileWrite, "half stderr-flood 50", "HANDLER_TRAP", trapText, "unreachable"},
		{hostileWrite, "half wild kv_put.key 0xffffffff 2", "HANDLER_TRAP", trapText, "bad_pointer"},
		{hostileWrite, "half wild kv_scan.buf 0 0xffffffff", "HANDLER_TRAP", trapText, "bad_pointer"},
		{hostileWrite, "half wild emit.scopes 0xfffffff0 0x20", "HANDLER_TRAP", trapText, "bad_pointer"},
		{hostileWrite, "half wild wasi.fd_write.vector 0x7fffffff 9", "HANDLER_TRAP", trapText, "bad_pointer"},
		{hostileWrite, "half wild wasi.clock_time_get 0xffffffff 0", "HANDLER_TRAP", trapText, "bad_pointer"},
		{hostileWrite, "half error", "INTERNAL_ERROR", "The handler failed", "INTERNAL_ERROR"},
		{hostileWrite, "half refuse 99 Nobody knows why", "INTERNAL_ERROR", "Nobody knows why", "INTERNAL_ERROR"},
		{hostileWrite, "half refuse 5 Not now", "CONFLICT", "Not now", "CONFLICT"},
		{hostileWrite, "half unheard-of", "INVALID_MESSAGE", "No such behaviour", "INVALID_MESSAGE"},
	} {
		id := "hostile-" + strconv.Itoa(i)
		failed := behave(t, c, id, test.number, test.behaviour).GetError()
		if failed.GetCode() != test.code || failed.GetMessage() != test.text || failed.GetField() != "" {
			t.Errorf("%s: answered with %v, want %s: %s", test.behaviour, failed, test.code, test.text)
		}
		if again := behave(t, c, id, test.number, test.behaviour).GetError(); !proto.Equal(again, failed) {
			t.Errorf("%s: repeated, it was answered with %v", test.behaviour, again)
		}
		wantLogged(t, a, id, test.code, test.reason, 2)
	}
	if got := said(t, behave(t, c, "after", hostileRead, "keys")); got != "1" {
		t.Errorf("%s keys are stored, want the one of the good call", got)
	}
	if events := c.TakeEvents(); len(events) > 0 {
		t.Errorf("heard %v", events)
	}
	bystander()
}

// A message id that a failed call has carried is as good as new.
func TestAHostileCallIsNotRemembered(t *testing.T) {
	a := start(t, boardAndHostile, nil)
	c := a.dial(t, ann)
	if code := behave(t, c, "reused", hostileWrite, "half panic").GetError().GetCode(); code != "HANDLER_TRAP" {
		t.Fatalf("answered with %q", code)
	}
	if got := said(t, behave(t, c, "reused", hostileWrite, "put k v")); got != "stored" {
		t.Errorf("another request with the id was answered with %q", got)
	}
	if code := behave(t, c, "reused", hostileWrite, "half panic").GetError().GetCode(); code != "INVALID_MESSAGE" {
		t.Errorf("after one that was stored, another request with the id was answered with %q", code)
	}
	if got := said(t, behave(t, c, "ask", hostileRead, "get half")); got != "absent" {
		t.Errorf("half a call is stored: %q", got)
	}
}

func TestHostileCallsThatCostNothing(t *testing.T) {
	a := start(t, boardAndHostile, nil)
	c := a.dial(t, ann)
	for i, test := range []struct{ behaviour, want string }{
		{"sleep 86400", "24h0m0s"},
		{"log-flood 1000", "logged"},
		{"count", "1 1"},
		{"count", "1 1"},
	} {
		if got := said(t, behave(t, c, "good-"+strconv.Itoa(i), hostileWrite, test.behaviour)); got != test.want {
			t.Errorf("%s: %q, want %q", test.behaviour, got, test.want)
		}
	}
	lines := 0
	for _, line := range a.log.lines() {
		if strings.Contains(line, `"guest says"`) {
			lines++
		}
	}
	if lines != 100 {
		t.Errorf("a flood of lines left %d in the log, want 100", lines)
	}
}

func TestACallThatBurnsItsFuelIsRefused(t *testing.T) {
	a := start(t, boardAndHostile, map[string]string{"handler.max_fuel": "30000000"})
	c := a.dial(t, ann)
	for i, behaviour := range []string{"half loop", "half recurse"} {
		id := "fuel-" + strconv.Itoa(i)
		failed := behave(t, c, id, hostileWrite, behaviour).GetError()
		if failed.GetCode() != "HANDLER_FUEL" {
			t.Errorf("%s: answered with %v", behaviour, failed)
		}
	}
	if got := said(t, behave(t, c, "after", hostileRead, "keys")); got != "0" {
		t.Errorf("%s keys are stored", got)
	}
}

func TestACallThatNeverEndsTimesOut(t *testing.T) {
	a := start(t, boardAndHostile, map[string]string{
		"handler.execution_limit_ms": "3000", "handler.instances": "4", "handler.max_fuel": "1000000000000000",
	})
	var spinning sync.WaitGroup
	for _, behaviour := range []string{"half loop"} {
		c := a.dial(t, ann)
		spinning.Go(func() {
			id := strings.Fields(behaviour)[0]
			failed := behave(t, c, id, hostileWrite, behaviour).GetError()
			if failed.GetCode() != "TIMEOUT" || failed.GetMessage() != timeoutText {
				t.Errorf("%s: answered with %v", behaviour, failed)
			}
			wantLogged(t, a, id, "TIMEOUT", "execution", 1)
			if got := said(t, behave(t, c, id, hostileWrite, "keys")); got != "0" {
				t.Errorf("%s: %s keys are stored after it", behaviour, got)
			}
		})
	}
	spinning.Wait()
}

// workMeanwhile lets another client work on the board until the function it returns is called.
func workMeanwhile(t *testing.T, a *appliance) (stop func()) {
	t.Helper()
	c := a.dial(t, bob)
	project := newProject(t, c)
	done, ended := make(chan struct{}), make(chan struct{})
	created := int32(0)
	go func() { // ended by stop, which waits for it
		defer close(ended)
		for {
			reply, err := client.Ask[*pmpb.WorkItemCreated](t.Context(), c, &pmpb.CreateWorkItemRequest{
				ItemType: pmpb.WorkItemType_TASK, Title: "Meanwhile", ProjectId: project.Id,
			})
			if err != nil {
				t.Errorf("the board answered with %v", err)
				return
			}
			if created++; reply.WorkItem.ItemNumber != created {
				t.Errorf("item %d got the number %d", created, reply.WorkItem.ItemNumber)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	return func() {
		t.Helper()
		close(done)
		<-ended
		if items := list(t, c, project.Id); len(items) != int(created) || created == 0 {
			t.Errorf("%d items on the board, %d were created", len(items), created)
		}
	}
}

// wantLogged asserts that the log tells of a failed message, as often as it failed, with its code and the reason.
func wantLogged(t testing.TB, a *appliance, id, code, reason string, times int) {
	t.Helper()
	found := 0
	for _, line := range a.log.lines() {
		var record struct {
			Message     string `json:"msg"`
			Correlation string `json:"correlation_id"`
			Code        string `json:"code"`
			Error       string `json:"error"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if record.Correlation != id || record.Message != "handler failed" {
			continue
		}
		found++
		if record.Code != code || !strings.Contains(record.Error, reason) {
			t.Errorf("%s is logged with the code %s and the error %q, want %s and %s", id, record.Code, record.Error, code, reason)
		}
	}
	if found != times {
		t.Errorf("%s failed %d times and is in the log %d times", id, times, found)
	}
}
