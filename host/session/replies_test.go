package session

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"workcell/host/wire"
)

// sent notes what leaves.
type sent struct{ what []string }

func (s *sent) send(answer []byte) { s.what = append(s.what, string(answer)) }

func (s *sent) close(code wire.CloseCode, reason string) {
	if last := fmt.Sprintf("close %d %s", code, reason); !slices.Contains(s.what, last) {
		s.what = append(s.what, last)
	}
}

// Answers come in any order, between requests that go on, and leave in the order of the requests.
func TestRepliesLeaveInTheOrderOfRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r replies
		var out sent
		var open []uint64 // requests without an answer
		taken := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) {
				if taken-uint64(len(out.what)) == MaxPendingReplies {
					t.Skip("it would wait")
				}
				taken++
				if got := r.place(); got != taken {
					t.Fatalf("request %d has number %d", taken, got)
				}
				open = append(open, taken)
			},
			"answer": func(t *rapid.T) {
				if len(open) == 0 {
					t.Skip("nothing was asked")
				}
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				r.leave(&out, open[i], fmt.Append(nil, open[i]))
				open = slices.Delete(open, i, i+1)
			},
			"": func(t *rapid.T) {
				left := taken
				if len(open) > 0 {
					left = slices.Min(open) - 1
				}
				if uint64(len(out.what)) != left {
					t.Fatalf("%d answers have left, %d could", len(out.what), left)
				}
				for i, what := range out.what {
					if what != fmt.Sprint(i+1) {
						t.Fatalf("left: %v", out.what)
					}
				}
				if (left == taken) != (r.pending == nil) {
					t.Fatal("a connection keeps what it borrows until it is at rest, and no longer")
				}
			},
		})
	})
}

// A connection whose requests are not answered gets no more of them handled.
func TestRequestsWaitForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r replies
		var out sent
		for range MaxPendingReplies {
			r.place()
		}
		placed := make(chan uint64, 1)
		go func() { placed <- r.place() }()
		r.leave(&out, 2, []byte("2")) // not its turn
		synctest.Wait()
		if len(placed) > 0 {
			t.Fatal("a request has a place before an answer has left")
		}
		r.leave(&out, 1, []byte("1"))
		if n := <-placed; n != MaxPendingReplies+1 {
			t.Errorf("request %d", n)
		}
	})
}

func TestAConnectionIsClosedBehindItsLastReply(t *testing.T) {
	for _, answerFirst := range []bool{false, true} {
		var r replies
		var out sent
		one, two := r.place(), r.place()
		if answerFirst {
			r.leave(&out, one, []byte("1"))
			r.leave(&out, two, []byte("2"))
			r.closeAfter(&out, 1008, "bye")
		} else {
			r.leave(&out, two, []byte("2"))
			r.closeAfter(&out, 1008, "bye")
			r.closeAfter(&out, 1000, "twice")
			if len(out.what) != 0 {
				t.Errorf("left: %v", out.what)
			}
			r.leave(&out, one, []byte("1"))
		}
		if want := []string{"1", "2", "close 1008 bye"}; !slices.Equal(out.what, want) {
			t.Errorf("left: %v", out.what)
		}
	}
}

// Many connections share backlogs.
func TestRepliesHammer(t *testing.T) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			var r replies
			var out sent
			const requests = 1000
			answers := make(chan uint64, requests)
			var hands sync.WaitGroup
			for range 4 {
				hands.Go(func() {
					for n := range answers {
						r.leave(&out, n, fmt.Append(nil, n))
					}
				})
			}
			for range requests {
				answers <- r.place()
			}
			close(answers)
			hands.Wait()
			for i, what := range out.what {
				if what != fmt.Sprint(i+1) {
					t.Errorf("answer %d is %s", i+1, what)
					return
				}
			}
			if len(out.what) != requests || r.count() != requests {
				t.Errorf("%d answers", len(out.what))
			}
		})
	}
	group.Wait()
}
