package e2e

import (
	"encoding/json"
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

// Fuel counts the work of a handler exactly, on every machine: creating an item takes the same in a project of 20 000
// items as in one of 20, but for the digits of larger numbers.
func TestCreatingAnItemTakesTheSameWorkInALargeProject(t *testing.T) {
	work := func(items int) float64 {
		dir := t.TempDir()
		project := fill(t, dir, items)
		a := startIn(t, dir, boardOnly, nil)
		newTask(t, a.dial(t, ann), project, "One more")
		for _, line := range a.log.lines() {
			var record struct {
				Msg, Handler string
				Fuel         float64
			}
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			if record.Msg == "handler finished" && record.Handler == "CreateWorkItem" {
				return record.Fuel
			}
		}
		t.Fatal("the log does not tell of the fuel")
		return 0
	}
	small, large := work(20), work(20_000)
	if small < 1000 || large < 0.99*small || large > 1.01*small {
		t.Errorf("%v units in the large project, %v in the small one", large, small)
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
