package dispatch

import (
	"context"
	"errors"
	"sync/atomic"
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

func arrived(entered <-chan *turn) bool { return len(entered) > 0 }

func TestCallsOfALaneTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		first, second, third := enter(t.Context(), l), enter(t.Context(), l), enter(t.Context(), l)
		if !arrived(first) || arrived(second) || arrived(third) {
			t.Fatal("not one after the other")
		}
		(<-first).leave()
		synctest.Wait()
		if !arrived(second) || arrived(third) {
			t.Fatal("the second did not follow the first")
		}
		time.Sleep(patience)
		synctest.Wait()
		if !arrived(third) {
			t.Fatal("a slow call blocks the lane")
		}
		turn := <-second
		turn.leave()
		turn.leave()
		(<-third).leave()
	})
}

func TestACallThatLostKeepsItsLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		first := <-enter(t.Context(), l)
		second := enter(t.Context(), l)
		first.hold()
		time.Sleep(10 * patience)
		synctest.Wait()
		if arrived(second) {
			t.Fatal("the lane was not held")
		}
		first.leave()
		(<-second).leave()
	})
}

func TestACallThatGivesUpLeavesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		first := <-enter(t.Context(), l)
		first.hold()
		ctx, cancel := context.WithCancel(t.Context())
		second, third := enter(ctx, l), enter(t.Context(), l)
		cancel()
		if <-second != nil {
			t.Error("the second did not give up")
		}
		if turn := <-third; turn == nil {
			t.Error("the third did not get its turn")
		} else {
			turn.leave()
		}
		first.leave()
	})
}

func TestLanesOfDifferentKeysAreApart(t *testing.T) {
	l := newLanes()
	var free atomic.Int64
	held, err := l.enter(t.Context(), 5, []byte("held"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whoever has to wait gives up at once
	for i := range 100 {
		turn, err := l.enter(ctx, 5, []byte{byte(i)})
		if err == nil {
			free.Add(1)
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		turn.leave()
	}
	if free.Load() < 95 {
		t.Errorf("only %d of 100 keys were free", free.Load())
	}
}

func TestANilTurnIsNoLane(*testing.T) {
	var t *turn
	t.hold()
	t.leave()
}
