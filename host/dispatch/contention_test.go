package dispatch

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"workcell/abi/envelope"
	"workcell/host/sandbox"
)

// creator is a guest that takes the next number of one project, and lets others come between reading and writing it.
func creator(t *testing.T, runs *atomic.Int64, between func()) guest {
	return func(c *sandbox.Call) sandbox.Outcome {
		runs.Add(1)
		value, _, err := c.Store.Get([]byte("d-number"))
		if err != nil {
			t.Error(err)
		}
		number, _ := strconv.Atoi(string(value))
		between()
		put(t, c, "d-number", strconv.Itoa(number+1))
		put(t, c, fmt.Sprintf("d-item%d", number), "x")
		c.Effects.Reply = strconv.AppendInt(c.Effects.Reply, int64(number), 10)
		return sandbox.Outcome{Status: sandbox.OK}
	}
}

const creators, each = 64, 5

// create lets so many creators make items in one project at once, and checks that each got a number of its own.
func create(t *testing.T, between func()) (runs int64) {
	t.Helper()
	var count atomic.Int64
	b := newBench(t, creator(t, &count, between))
	b.opened = true
	b.replies = make(chan reply, creators*each)
	b.dispatch.gate = newGate(4)
	var group sync.WaitGroup
	for i := range creators {
		group.Go(func() {
			for k := range each {
				b.dispatch.Handle(context.Background(), b, uint64(i*each+k+1), request(fmt.Sprint(i, " ", k), writing, "\x2a\x01p"))
			}
		})
	}
	group.Wait()
	numbers := map[string]bool{}
	for range creators * each {
		header, err := envelope.Peek((<-b.replies).envelope)
		if err != nil {
			t.Fatal(err)
		}
		numbers[string(header.Payload)] = true
	}
	if items := b.count("d"); items != creators*each+1 || len(numbers) != creators*each {
		t.Errorf("%d keys after %d creates", items, creators*each)
	}
	if failed := b.lines("handler failed"); len(failed) > 0 {
		t.Errorf("%d failed: %v", len(failed), failed[0])
	}
	return count.Load()
}

// Creators that yield in the middle of their work take turns: nobody's work is wasted. (In the bubble time passes only
// while everybody sleeps, so a yield takes none.)
func TestCreatorsOnOneProjectDoNotCollapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if runs := create(t, runtime.Gosched); runs != creators*each {
			t.Errorf("%d runs for %d creates", runs, creators*each)
		}
	})
}

// Creators that take longer than a lane is theirs meet, and lose conflicts. Their re-runs are few, and end.
func TestSlowCreatorsOnOneProjectDoNotCollapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if runs := create(t, func() { time.Sleep(2 * laneTime) }); runs > 4*creators*each {
			t.Errorf("%d runs for %d creates", runs, creators*each)
		}
	})
}

// A call that loses again and again does so within its own time.
func TestReRunsEndWithTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const run = 10 * time.Millisecond
		runs := 0
		var b *bench
		b = newBench(t, func(c *sandbox.Call) sandbox.Outcome {
			runs++
			if _, _, err := c.Store.Get([]byte("d-hot")); err != nil {
				t.Error(err)
			}
			put(t, c, "d-mine", strings.Repeat("x", runs))
			time.Sleep(run)
			overtake(t, b.store, "d-hot")
			return ok(c)
		})
		b.dispatch.config.Timeout = 3*run - run/2
		b.wantAnswer("m", writing, "", "TIMEOUT")
		if runs != 3 {
			t.Errorf("%d runs", runs)
		}
	})
}
