package e2e

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// spinning is how long the guests of this test keep the processors busy.
const spinning = time.Second

// Two users' calls spin, one after the other, on all the instances that there are. A third one's requests all succeed
// meanwhile, and so do those of a fourth that calls the same handler: nothing is left of a call that spun.
func TestTheBoardWorksWhileOtherCallsSpin(t *testing.T) {
	a := start(t, boardAndHostile, map[string]string{
		"handler.execution_limit_ms": "100", "handler.instances": "2", "handler.max_fuel": "1000000000000000",
	})
	spinners := []*client.Client{a.dial(t, ann), a.dial(t, ann)}
	patient, worker := a.dial(t, ann), a.dial(t, bob)
	project := newProject(t, worker)
	var stop atomic.Bool
	var spun atomic.Int64
	var working sync.WaitGroup
	for i, c := range spinners {
		working.Go(func() { // until stop
			for n := 0; !stop.Load(); n++ {
				failed := behave(t, c, fmt.Sprintf("spin-%d-%d", i, n), hostileWrite, "half loop").GetError()
				if failed.GetCode() != "TIMEOUT" || failed.GetMessage() != timeoutText {
					t.Errorf("a call that spins was answered with %v", failed)
				}
				spun.Add(1)
			}
		})
	}
	time.AfterFunc(spinning, func() { stop.Store(true) })
	created := 0
	for ; !stop.Load() || spun.Load() < 2; created++ {
		item := newTask(t, worker, project.Id, "Meanwhile")
		if int(item.ItemNumber) != created+1 {
			t.Errorf("item %d got the number %d", created+1, item.ItemNumber)
		}
		ask[*pmpb.ProjectList](t, worker, &pmpb.ListProjectsRequest{})
		if got := said(t, behave(t, patient, fmt.Sprintf("keys-%d", created), hostileRead, "keys")); got != "0" {
			t.Errorf("%s keys are stored", got)
		}
	}
	working.Wait()
	if items := list(t, worker, project.Id); len(items) != created || created == 0 {
		t.Errorf("%d items on the board, %d were created", len(items), created)
	}
}
