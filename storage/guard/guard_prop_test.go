package guard_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"workcell/storage/guard"
)

// model is the breaker of the protocol, written down without thrift.
type model struct {
	state         guard.State
	failures      int
	last, opened  time.Duration
	generation    int
	probes, right int
}

type modelPass struct {
	pass       guard.Pass
	generation int
}

func (m *model) enter(s guard.State, now time.Duration) {
	m.state, m.generation, m.failures, m.probes, m.right = s, m.generation+1, 0, 0, 0
	m.opened = now
}

func TestGuardAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const window, open = 6 * time.Second, 3 * time.Second
		threshold, probes := rapid.IntRange(1, 4).Draw(t, "threshold"), rapid.IntRange(1, 3).Draw(t, "probes")
		start, now := time.Now(), time.Duration(0)
		g := guard.New(guard.Config{
			FailureThreshold: threshold, FailureWindow: window, OpenDuration: open, HalfOpenSuccesses: probes,
			Now: func() time.Time { return start.Add(now) },
		})
		m, last := model{}, -time.Hour
		m.last = last
		var passes []modelPass
		t.Repeat(map[string]func(*rapid.T){
			"time": func(t *rapid.T) { now += time.Duration(rapid.IntRange(1, 7).Draw(t, "s")) * time.Second },
			"admit": func(t *rapid.T) {
				if m.state == guard.Open && now-m.opened >= open {
					m.enter(guard.HalfOpen, m.opened)
				}
				want := m.state == guard.Closed || m.state == guard.HalfOpen && m.probes < probes
				pass, err := g.Admit()
				if (err == nil) != want {
					t.Fatalf("admit = %v, want admitted %v (%+v)", err, want, m)
				}
				if err == nil {
					m.probes++
					passes = append(passes, modelPass{pass, m.generation})
				}
			},
			"done": func(t *rapid.T) {
				if len(passes) == 0 {
					t.Skip("no pass")
				}
				i := rapid.IntRange(0, len(passes)-1).Draw(t, "pass")
				p := passes[i]
				passes = append(passes[:i:i], passes[i+1:]...)
				result := rapid.SampledFrom([]guard.Result{ok, fail, fail, neither}).Draw(t, "result")
				p.pass.Done(result)
				if p.generation != m.generation {
					return
				}
				m.probes--
				switch {
				case result == neither:
				case m.state == guard.HalfOpen && result == fail:
					m.enter(guard.Open, now)
				case m.state == guard.HalfOpen:
					if m.right++; m.right == probes {
						m.enter(guard.Closed, now)
					}
				case result == ok:
					m.failures = 0
				default:
					if now-m.last > window {
						m.failures = 0
					}
					m.last = now
					if m.failures++; m.failures >= threshold {
						m.enter(guard.Open, now)
					}
				}
			},
			"": func(t *rapid.T) {
				want := m.state
				if want == guard.Open && now-m.opened >= open {
					want = guard.HalfOpen
				}
				if got := g.State(); got != want {
					t.Fatalf("state %v, want %v (%+v)", got, want, m)
				}
			},
		})
	})
}

func TestHammer(t *testing.T) {
	g := guard.New(guard.Config{FailureThreshold: 2, OpenDuration: time.Nanosecond, HalfOpenSuccesses: 2})
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := range 2000 {
				pass, err := g.Admit()
				if err == nil {
					pass.Done(guard.Result((w*i + i) % 3))
				}
				g.State()
			}
		})
	}
	group.Wait()
	for range 1000 { // it must not be stuck
		if pass, err := g.Admit(); err == nil {
			pass.Done(guard.Success)
		}
	}
	if g.State() != guard.Closed {
		t.Fatalf("state %v after many successes", g.State())
	}
}

func BenchmarkAdmit(b *testing.B) {
	g := guard.New(guard.Config{})
	b.ReportAllocs()
	for b.Loop() {
		pass, err := g.Admit()
		if err != nil {
			b.Fatal(err)
		}
		pass.Done(guard.Success)
	}
}
