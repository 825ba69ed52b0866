package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"google.golang.org/protobuf/proto"

	"workcell/host"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/config"
	"workcell/host/hosttest"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

// ward is an appliance with a sick disk, and a client of it that notes what it is told.
type ward struct {
	*testing.T
	disk   *baddisk.Disk
	loaded config.Loaded

	host   *host.Host
	log    *logBuffer
	cancel context.CancelFunc
	ended  chan error

	client  *client.Client
	project string
	count   int
	made    map[string]*pmpb.WorkItem // by message id
}

func newWard(t *testing.T) *ward {
	w := &ward{T: t, disk: baddisk.New(vfs.NewMem()), log: &logBuffer{}, made: map[string]*pmpb.WorkItem{}}
	dir := t.TempDir()
	shareCache(t, dir)
	keys := map[string]string{
		"storage.memtable_mib": "1", "circuit_breaker.open_duration_secs": "5", "retry.max_attempts": "1",
		"rate_limit.max_requests": "10000", "rate_limit.window_secs": "1",
	}
	for key, value := range settings {
		keys[key] = value
	}
	var err error
	if w.loaded, err = config.Load(dir, nil, keys); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the appliance:\n%s", w.log.tail(60))
		}
	})
	w.start()
	w.project = newProject(t, w.client).Id
	return w
}

func (w *ward) options(storage lsm.Options) host.Options {
	storage.Space = lsm.Space{LowBytes: 16 << 20, BallastBytes: 1 << 20}
	return host.Options{
		Config: w.loaded, PID: os.Getpid(), Storage: storage,
		Handlers: []host.Module{{Name: "board", Wasm: hosttest.Guest(w, boardOnly[0])}},
		Log:      slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (w *ward) start() {
	w.Helper()
	if err := w.tryStart(); err != nil {
		w.Fatal(err)
	}
}

func (w *ward) tryStart() error {
	h, err := host.New(w.Context(), w.options(lsm.Options{FS: w.disk}))
	if err != nil {
		return err
	}
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }() // ended by stop, or by itself
	w.host, w.ended = h, ended
	w.Cleanup(w.cancel)
	w.client, err = client.Dial(soon(w), fmt.Sprintf("ws://%s/ws", h.Address()), client.Options{User: ann})
	if err == nil {
		w.Cleanup(w.client.Abort)
	}
	return err
}

// stop ends the appliance in order, as far as its disk lets it.
func (w *ward) stop() {
	w.Helper()
	w.cancel()
	if err := <-w.ended; err != nil && !strings.Contains(err.Error(), "close storage") {
		w.Errorf("the appliance ended with %v", err)
	}
}

// endsWith waits until the appliance ends by itself.
func (w *ward) endsWith(want error) {
	w.Helper()
	select {
	case err := <-w.ended:
		if !errors.Is(err, want) {
			w.Fatalf("the appliance ended with %v, want %v", err, want)
		}
	case <-soon(w).Done():
		w.Fatal("the appliance goes on")
	}
}

func (w *ward) creation(title string) *pmpb.WebSocketMessage {
	w.count++
	return identified(fmt.Sprintf("message %d", w.count), &pmpb.CreateWorkItemRequest{
		ItemType: pmpb.WorkItemType_TASK, Title: title, ProjectId: w.project,
	})
}

func (w *ward) largeCreation() *pmpb.WebSocketMessage {
	request := w.creation("large")
	request.GetCreateWorkItemRequest().Description = proto.String(strings.Repeat("x", 9000))
	return request
}

// lost is what ask says if the connection ended before the answer.
const lost = "(connection lost)"

// ask makes a request to create an item and returns the code of the answer, which is empty for success.
func (w *ward) ask(request *pmpb.WebSocketMessage) (code string) {
	reply, err := w.client.Do(soon(w), request)
	switch {
	case err != nil:
		return lost
	case reply.GetError() != nil:
		return reply.GetError().Code
	}
	w.made[request.MessageId] = reply.GetWorkItemCreated().GetWorkItem()
	return ""
}

func (w *ward) must(code string) {
	w.Helper()
	if code != "" {
		w.Fatalf("the change was answered with %s", code)
	}
}

func (w *ward) list() (items []*pmpb.WorkItem, code string) {
	reply, err := w.client.Do(soon(w), client.Envelope(&pmpb.GetWorkItemsRequest{ProjectId: w.project}))
	if err != nil {
		return nil, lost
	}
	return reply.GetWorkItemsList().GetWorkItems(), reply.GetError().GetCode()
}

func (w *ward) ready() (status int, body string) {
	status, _, body = request(w.T, "GET", fmt.Sprintf("http://%s/ready", w.host.Address()))
	return status, body
}

func (w *ward) await(f func() bool) {
	w.Helper()
	for ctx := soon(w); !f(); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			w.Fatal("it does not come about")
		}
	}
}

// readOnly checks that changes are refused and everything else goes on.
func (w *ward) readOnly() {
	w.Helper()
	if code := w.ask(w.creation("refused")); code != "SERVICE_UNAVAILABLE" {
		w.Errorf("a change was answered with %q", code)
	}
	if status, body := w.ready(); status != 503 || !strings.Contains(body, `"database":{"status":"unhealthy"`) {
		w.Errorf("ready answers %d %s", status, body)
	}
	if status, _, _ := request(w.T, "GET", fmt.Sprintf("http://%s/health", w.host.Address())); status != 200 {
		w.Errorf("health answers %d", status)
	}
	w.unharmed()
}

// goesOn waits until changes are taken again.
func (w *ward) goesOn() {
	w.Helper()
	w.await(func() bool { return w.ask(w.creation("next")) == "" })
	if status, body := w.ready(); status != 200 {
		w.Errorf("ready answers %d %s", status, body)
	}
}

// unharmed checks that the project holds what the client was told, and nothing else.
func (w *ward) unharmed() {
	w.Helper()
	items, code := w.list()
	if code != "" {
		w.Fatalf("a read was answered with %s", code)
	}
	held := map[string]*pmpb.WorkItem{}
	for _, item := range items {
		held[item.Id] = item
	}
	for id, item := range w.made {
		if !proto.Equal(held[item.Id], item) {
			w.Errorf("%s was answered with %v, the project holds %v", id, item, held[item.Id])
		}
		delete(held, item.Id)
	}
	for _, item := range held {
		w.Errorf("nobody was told of %v", item)
	}
}
