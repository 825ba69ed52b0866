package e2e

import (
	"fmt"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/abi"
	"workcell/guests/board"
	"workcell/guests/guest"
	"workcell/host/client/pmpb"
	"workcell/storage/key"
	"workcell/storage/lsm"
)

// BenchmarkCreate creates items in projects of different sizes, one client, durable, over a socket: the size must not
// matter.
func BenchmarkCreate(b *testing.B) {
	for _, items := range []int{20, 20_000} {
		b.Run(fmt.Sprint("items=", items), func(b *testing.B) {
			dir := b.TempDir()
			project := fill(b, dir, items)
			c := startIn(b, dir, boardOnly, nil).dial(b, ann)
			newTask(b, c, project, "warm")
			for b.Loop() {
				newTask(b, c, project, "One more")
			}
		})
	}
}

// BenchmarkList lists projects of different sizes.
func BenchmarkList(b *testing.B) {
	for _, items := range []int{20, 1000} {
		b.Run(fmt.Sprint("items=", items), func(b *testing.B) {
			dir := b.TempDir()
			project := fill(b, dir, items)
			c := startIn(b, dir, boardOnly, nil).dial(b, ann)
			for b.Loop() {
				if got := list(b, c, project); len(got) != items {
					b.Fatalf("%d items", len(got))
				}
			}
		})
	}
}

// fill writes a project with so many items into an empty directory, without a server, and returns its id. The rules run
// natively, which makes the same records.
func fill(t testing.TB, dir string, items int) string {
	t.Helper()
	stub := guest.NewStub(board.Module())
	stub.Identity = abi.Identity{User: [16]byte{0xaa, 0xaa, 0xaa, 0xaa, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}} // ann
	call := func(route uint32, request, reply proto.Message) {
		result := stub.Call(route, marshal(t, request))
		if result.Refusal != nil {
			t.Fatal(result.Refusal)
		}
		if err := proto.Unmarshal(result.Reply, reply); err != nil {
			t.Fatal(err)
		}
	}
	var created pmpb.ProjectCreated
	call(90, &pmpb.CreateProjectRequest{Title: "Large", Key: "LARGE"}, &created)
	for range items {
		call(30, &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "One of many", ProjectId: created.Project.Id}, &pmpb.WorkItemCreated{})
	}

	engine, err := lsm.Open(filepath.Join(dir, "data.db"), lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := engine.NewBatch()
	if err := batch.Begin(); err != nil {
		t.Fatal(err)
	}
	for pairs := stub.Pairs(0); len(pairs) > 0; pairs = pairs[2:] {
		if err := batch.Put(append(key.AppendDataSet(nil, "board"), pairs[0]...), pairs[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Apply(); err != nil {
		t.Fatal(err)
	}
	if err := batch.Sync(); err != nil {
		t.Fatal(err)
	}
	batch.Reset()
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	return created.Project.Id
}
