package dispatch

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func patient(ctx context.Context) *patience {
	return &patience{ctx: ctx, until: time.Now().Add(time.Hour)}
}

// enter takes a turn in the one lane of these tests, in a goroutine, and returns where it arrives: nil if it gave up.
func enter(p *patience, l *lanes) <-chan *turn {
	entered := make(chan *turn, 1)
	go func() {
		t := &turn{}
		if err := l.enter(t, p, 5, []byte("project")); err != nil {
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
		l, p := newLanes(), t.Context()
		entered := enter(patient(p), l)
		second, third := enter(patient(p), l), enter(patient(p), l)
		time.Sleep(10 * laneTime)
		wantWaiting(t, second, third) // the first has its turn, but does not run yet
		first := begun(t, entered)
		first.leave()
		wantWaiting(t, third)
		slow := begun(t, second)
		time.Sleep(laneTime)
		begun(t, third).leave() // a slow call blocks nobody
		slow.leave()
		slow.leave()
		begun(t, enter(patient(p), l)).leave()
	})
}

func TestNobodyStartsBesideACallThatLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := newLanes(), t.Context()
		first := begun(t, enter(patient(p), l))
		second, third := enter(patient(p), l), enter(patient(p), l)
		time.Sleep(laneTime)
		beside := begun(t, second)
		first.lose()
		first.lose()
		beside.leave()
		time.Sleep(10 * laneTime)
		wantWaiting(t, third)
		first.leave()
		begun(t, third).leave()
		begun(t, enter(patient(p), l)).leave()
	})
}

func TestACallThatGivesUpLeavesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := newLanes(), t.Context()
		first := begun(t, enter(patient(p), l))
		first.lose()
		ctx, cancel := context.WithCancel(p)
		second, third := enter(patient(ctx), l), enter(patient(p), l)
		short := patient(p)
		short.until = time.Now().Add(time.Second)
		fourth := enter(short, l)
		cancel()
		if <-second != nil {
			t.Error("the second did not give up")
		}
		time.Sleep(2 * time.Second)
		if <-fourth != nil {
			t.Error("the fourth is still patient")
		}
		wantWaiting(t, third)
		first.leave()
		begun(t, third).leave()
		begun(t, enter(patient(p), l)).leave()
	})
}

// The one in front gives up; nobody else would wake the next one.
func TestTheNextOneIsToldWhenTheFirstGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := newLanes(), t.Context()
		first := begun(t, enter(patient(p), l))
		short := patient(p)
		short.until = time.Now().Add(laneTime / 2)
		second, third := enter(short, l), enter(patient(p), l)
		time.Sleep(laneTime)
		if <-second != nil {
			t.Error("the second did not give up")
		}
		begun(t, third).leave()
		first.leave()
	})
}

func TestLanesOfDifferentKeysAreApart(t *testing.T) {
	l := newLanes()
	var held turn
	if err := l.enter(&held, patient(t.Context()), 5, []byte("held")); err != nil {
		t.Fatal(err)
	}
	defer held.leave()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whoever has to wait gives up at once
	free := 0
	for i := range 100 {
		var one turn
		err := l.enter(&one, patient(ctx), 5, []byte{byte(i)})
		if err == nil {
			free++
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		one.leave()
	}
	if free < 95 {
		t.Errorf("only %d of 100 keys were free", free)
	}
}

func TestATurnWithoutALane(*testing.T) {
	var t turn
	t.run()
	t.lose()
	t.leave()
}

// A turn is used again and again, by calls that give up too.
func TestTurnsAreReused(t *testing.T) {
	l := newLanes()
	inside := 0
	var done []chan struct{}
	for range 8 {
		finished := make(chan struct{})
		done = append(done, finished)
		go func() {
			defer close(finished)
			var own turn
			for i := range 200 {
				p := patient(context.Background())
				if i%7 == 0 {
					p.until = time.Now()
				}
				if err := l.enter(&own, p, 5, []byte("project")); err != nil {
					continue
				}
				own.lose() // so that time lets nobody in
				own.run()
				inside++
				runtime.Gosched()
				if inside != 1 {
					t.Errorf("%d inside", inside)
				}
				inside--
				own.leave()
			}
		}()
	}
	for _, finished := range done {
		<-finished
	}
}
