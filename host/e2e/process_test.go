package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/hosttest"
	"workcell/host/portfile"
	"workcell/storage/key"
	"workcell/storage/lsm"
)

// command is the real program, built once for this test process.
var command = struct {
	sync.Once
	path string
}{}

// process is a server of the real command.
type process struct {
	*exec.Cmd
	url string
}

var listening = regexp.MustCompile(`ws://[0-9.:]+/ws`)

// spawn starts the command in dir and waits until it says where it listens. The test ends it at the latest.
func spawn(t testing.TB, dir string) *process {
	t.Helper()
	command.Do(func() { command.path = hosttest.Binary(t, cacheDir) })
	return spawnAs(t, dir, command.path)
}

// spawnAs is spawn for another binary, with more in its environment.
func spawnAs(t testing.TB, dir, path string, env ...string) *process {
	t.Helper()
	shareCache(t, dir)
	p := &process{Cmd: exec.Command(path, "serve", "--dir", dir, "--port", "0")}
	p.Env = append(append(os.Environ(), "PM_HANDLER_EXECUTION_LIMIT_MS=20000",
		"PM_RATE_LIMIT_MAX_REQUESTS=10000", "PM_RATE_LIMIT_WINDOW_SECS=1"), env...)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended already
		_ = p.Wait()
	})
	said := bufio.NewReader(stderr)
	var all bytes.Buffer
	for p.url == "" {
		line, err := said.ReadBytes('\n')
		all.Write(line)
		if err != nil {
			t.Fatalf("the server ended with:\n%s", all.Bytes())
		}
		p.url = string(listening.Find(line))
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the process
	return p
}

func (p *process) raw(t *testing.T, user string) *client.Raw {
	t.Helper()
	r, err := client.DialRaw(soon(t), p.url, client.Options{User: user})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Abort)
	return r
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // says that it was killed
}

func marshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// identified is a request with a message id.
func identified(id string, payload proto.Message) *pmpb.WebSocketMessage {
	m := client.Envelope(payload)
	m.MessageId = id
	return m
}

// activity returns the stored activity rows of an entity, read from the directory of a server that does not run.
func activity(t *testing.T, dir, entity string) []*pmpb.ActivityLogEntry {
	t.Helper()
	engine, err := lsm.Open(filepath.Join(dir, "data.db"), lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	batch := engine.NewBatch()
	if err := batch.Begin(); err != nil {
		t.Fatal(err)
	}
	defer batch.Reset()
	table := append(key.AppendDataSet(nil, "board"), 'a')
	var rows []*pmpb.ActivityLogEntry
	err = batch.Scan(table, key.AppendEnd(nil, table), false, func(_, value []byte) bool {
		row := &pmpb.ActivityLogEntry{}
		if err := proto.Unmarshal(value[1:], row); err != nil { // behind the record's version
			t.Error(err)
		}
		if row.EntityId == entity {
			rows = append(rows, row)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	project := decode(t, exchange(t, p.raw(t, ann), marshal(t, identified("p", &pmpb.CreateProjectRequest{Title: "Garden", Key: "GDN"})))).GetProjectCreated().GetProject()

	create := marshal(t, identified("c", &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "Dig", ProjectId: project.GetId()}))
	created := exchange(t, p.raw(t, ann), create)
	p.kill(t)
	item := decode(t, created).GetWorkItemCreated().GetWorkItem()
	if rows := activity(t, dir, item.GetId()); len(rows) != 1 || rows[0].Action != "created" {
		t.Errorf("after the first kill the activity is %v", rows)
	}

	p = spawn(t, dir)
	if again := exchange(t, p.raw(t, ann), create); !bytes.Equal(again, created) {
		t.Errorf("the repeated create was answered with\n%v, before the kill with\n%v", decode(t, again), decode(t, created))
	}
	update := marshal(t, identified("u", &pmpb.UpdateWorkItemRequest{
		WorkItemId: item.GetId(), ExpectedVersion: 1, Title: proto.String("Fill"), Priority: proto.String("high"),
	}))
	updated := exchange(t, p.raw(t, ann), update)
	p.kill(t)
	if rows := activity(t, dir, item.GetId()); len(rows) != 3 {
		t.Errorf("after the second kill the activity is %v", rows)
	}

	p = spawn(t, dir)
	if again := exchange(t, p.raw(t, ann), update); !bytes.Equal(again, updated) {
		t.Errorf("the repeated update was answered with\n%v, before the kill with\n%v", decode(t, again), decode(t, updated))
	}
	reply := decode(t, exchange(t, p.raw(t, ann), marshal(t, identified("l", &pmpb.GetWorkItemsRequest{ProjectId: project.GetId()}))))
	if items := reply.GetWorkItemsList().GetWorkItems(); len(items) != 1 || !proto.Equal(items[0], decode(t, updated).GetWorkItemUpdated().GetWorkItem()) {
		t.Errorf("after the second kill the project holds %v", items)
	}
	second := decode(t, exchange(t, p.raw(t, ann), marshal(t, identified("d", &pmpb.CreateWorkItemRequest{
		ItemType: pmpb.WorkItemType_TASK, Title: "Next", ProjectId: project.GetId(),
	})))).GetWorkItemCreated().GetWorkItem()
	if second.GetItemNumber() != 2 || second.GetPosition() != 2 {
		t.Errorf("the next item is %v", second)
	}
}

func TestSIGTERMShutsDownInOrder(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	info, err := portfile.Read(dir)
	if err != nil || info.PID != p.Process.Pid || info.Host != "127.0.0.1" {
		t.Errorf("the port file holds %+v, %v", info, err)
	}
	r := p.raw(t, ann)
	pong(t, r)
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wantClose(t, r, 1001)
	r.Abort()
	if err := p.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := portfile.Read(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the end the port file reads %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "admin.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the end the admin socket is there: %v", err)
	}
}

func TestASecondServerInTheSameDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	second := exec.CommandContext(ctx, command.path, "serve", "--dir", dir, "--port", "0")
	said, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.Contains(said, []byte("in use")) {
		t.Errorf("a second server ended with %v:\n%s", err, said)
	}
	pong(t, p.raw(t, ann))
	if info, err := portfile.Read(dir); err != nil || info.PID != p.Process.Pid {
		t.Errorf("the port file holds %+v, %v", info, err)
	}
}
