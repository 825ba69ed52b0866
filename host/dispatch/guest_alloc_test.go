//go:build !race && !invariants

package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/storage/guard"
)

// A message that the board answers allocates nothing on the host's side, from the dispatcher through the guest to the
// disk and back.
func TestAllocGuest(t *testing.T) {
	store := onDisk(t)
	boxes, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), MemoryPages: 1024})
	if err != nil {
		t.Fatal(err)
	}
	defer boxes.Close(context.Background())
	module, err := boxes.Load(t.Context(), hosttest.Guest(t, "./guests/handlers/board"))
	if err != nil {
		t.Fatal(err)
	}
	pool := sandbox.NewPool(module, 1)
	defer pool.Close()
	table, err := NewTable([]*Handler{{Manifest: module.Manifest(), Runner: pool}})
	if err != nil {
		t.Fatal(err)
	}
	s := &station{answered: make(chan struct{}, 1)}
	s.identity = abi.Identity{User: [16]byte{1}}
	d := New(Config{Timeout: time.Minute, Execution: time.Minute, Observer: s}, store, guard.New(guard.Config{}), s, slog.New(slog.DiscardHandler))
	d.Use(table)

	request := uint64(0)
	handle := func(message []byte) {
		request++
		d.Handle(context.Background(), s, request, message)
		<-s.answered
	}
	encode := func(number uint32, m proto.Message) []byte {
		payload, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		request++
		return envelope.Append(nil, fmt.Appendf(nil, "%036d", request), 1, number, payload)
	}
	ask := func(number uint32, m, into proto.Message) {
		message := encode(number, m)
		handle(message)
		h, err := envelope.Peek(s.last)
		if err == nil {
			err = proto.Unmarshal(h.Payload, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var project, small pmpb.ProjectCreated
	ask(90, &pmpb.CreateProjectRequest{Title: "P", Key: "PP"}, &project)
	ask(90, &pmpb.CreateProjectRequest{Title: "Small", Key: "SMALL"}, &small)
	title, description := strings.Repeat("title ", 7)[:40], proto.String(strings.Repeat("description ", 17)[:200])
	task := func(project *pmpb.ProjectCreated) *pmpb.CreateWorkItemRequest {
		return &pmpb.CreateWorkItemRequest{
			ItemType: pmpb.WorkItemType_TASK, ProjectId: project.Project.Id, Title: title, Description: description,
		}
	}
	var item pmpb.WorkItemCreated
	for range 20 {
		ask(30, task(&small), &item)
	}
	version := item.WorkItem.Version

	create := func() []byte { return encode(30, task(&project)) }
	update := func() []byte {
		version++
		return encode(31, &pmpb.UpdateWorkItemRequest{
			WorkItemId: item.WorkItem.Id, ExpectedVersion: version - 1, StoryPoints: proto.Int32(version % 2),
		})
	}
	list := func() []byte { return encode(33, &pmpb.GetWorkItemsRequest{ProjectId: small.Project.Id}) }

	const warm, runs = 300, 200
	for _, c := range []struct {
		name string
		next func() []byte
	}{{"create", create}, {"update", update}, {"list", list}} {
		messages := make([][]byte, 0, warm+runs+1)
		for range cap(messages) {
			messages = append(messages, c.next())
		}
		next := func() {
			handle(messages[0])
			messages = messages[1:]
		}
		refused := s.refused.Load()
		for range warm { // buffers grow
			next()
		}
		if n := testing.AllocsPerRun(runs, next); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
		if s.refused.Load() != refused {
			t.Errorf("%s: %d were refused", c.name, s.refused.Load()-refused)
		}
	}
}
