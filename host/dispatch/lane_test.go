package dispatch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// enter takes a turn in the one lane of these tests, in a goroutine, and returns where it arrives.
func enter(ctx context.Context, l *lanes) <-chan *turn {
	entered := make(chan *turn, 1)
	go func() {
		t, err := l.enter(ctx, 5, []byte("project"))
		if err != nil {
			t.leave()
			t = nil
		}
		entered <- t
	}()
	synctest.Wait()
	return entered
}

// begun takes a turn that must be free at once, and runs.
func begun(t *testing.T, entered <-chan *turn) *turn {
	t.Helper()
	synctest.Wait()
	if len(entered) == 0 {
		t.Fatal("the lane is not free")
	}
	turn := <-entered
	turn.run()
	return turn
}

func wantWaiting(t *testing.T, entered ...<-chan *turn) {
	t.Helper()
	synctest.Wait()
	for i, e := range entered {
		if len(e) > 0 {
			t.Fatalf("call %d does not wait", i)
		}
	}
}

func TestCallsOfALaneTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		entered := enter(t.Context(), l)
		second, third := enter(t.Context(), l), enter(t.Context(), l)
		time.Sleep(10 * patience)
		wantWaiting(t, second, third) // the first has its turn, but does not run yet
		first := begun(t, entered)
		first.leave()
		wantWaiting(t, third)
		slow := begun(t, second)
		time.Sleep(patience)
		begun(t, third).leave() // a slow call blocks nobody
		slow.leave()
		slow.leave()
	})
}

func TestNobodyStartsBesideACallThatLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		first := begun(t, enter(t.Context(), l))
		second, third := enter(t.Context(), l), enter(t.Context(), l)
		time.Sleep(patience)
		beside := begun(t, second)
		first.lose()
		first.lose()
		beside.leave()
		time.Sleep(10 * patience)
		wantWaiting(t, third)
		first.leave()
		begun(t, third).leave()
		begun(t, enter(t.Context(), l)).leave()
	})
}

func TestACallThatGivesUpLeavesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		first := begun(t, enter(t.Context(), l))
		first.lose()
		ctx, cancel := context.WithCancel(t.Context())
		second, third := enter(ctx, l), enter(t.Context(), l)
		cancel()
		if <-second != nil {
			t.Error("the second did not give up")
		}
		wantWaiting(t, third)
		first.leave()
		begun(t, third).leave()
	})
}

func TestLanesOfDifferentKeysAreApart(t *testing.T) {
	l := newLanes()
	held, err := l.enter(t.Context(), 5, []byte("held"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whoever has to wait gives up at once
	free := 0
	for i := range 100 {
		turn, err := l.enter(ctx, 5, []byte{byte(i)})
		if err == nil {
			free++
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		turn.leave()
	}
	if free < 95 {
		t.Errorf("only %d of 100 keys were free", free)
	}
}

func TestANilTurnIsNoLane(*testing.T) {
	var t *turn
	t.run()
	t.lose()
	t.leave()
}
