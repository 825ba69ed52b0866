package guard_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"workcell/storage/guard"
)

// model is the breaker of the protocol, written down without thrift.
type model struct {
	threshold, gate int
	window, open    time.Duration

	now           time.Duration
	state         guard.State
	failures      int // in a row
	last, opened  time.Duration
	generation    int
	probes, right int
	stats         guard.Stats
}

type modelPass struct {
	pass       guard.Pass
	generation int
}

func (m *model) enter(s guard.State) {
	m.state, m.generation, m.failures, m.probes, m.right = s, m.generation+1, 0, 0, 0
	if s == guard.Open {
		m.opened = m.now
		m.stats.Opened++
	}
}

// due makes an open breaker half-open when its time has come.
func (m *model) due() {
	if m.state == guard.Open && m.now-m.opened >= m.open {
		m.enter(guard.HalfOpen)
	}
}

// admit returns the seconds of a refusal, 0 if there is none.
func (m *model) admit() (seconds int) {
	m.due()
	switch {
	case m.state == guard.Open:
		left := m.open - (m.now - m.opened)
		for seconds = 0; time.Duration(seconds)*time.Second < left; seconds++ {
		}
	case m.state == guard.HalfOpen && m.probes == m.gate:
		seconds = 1
	default:
		m.probes++
		return 0
	}
	m.stats.Refused++
	return seconds
}

func (m *model) done(generation int, result guard.Result) {
	if generation != m.generation {
		return
	}
	m.probes--
	switch result {
	case ok:
		m.stats.Successes++
		m.failures = 0
		if m.right++; m.state == guard.HalfOpen && m.right == m.gate {
			m.enter(guard.Closed)
		}
	case fail:
		m.stats.Failures++
		if m.failures > 0 && m.now-m.last > m.window {
			m.failures = 0
		}
		m.last = m.now
		if m.failures++; m.failures == m.threshold || m.state == guard.HalfOpen {
			m.enter(guard.Open)
		}
	}
}

func TestGuardAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model{
			threshold: rapid.IntRange(1, 4).Draw(t, "threshold"), gate: rapid.IntRange(1, 3).Draw(t, "gate"),
			window: 6 * time.Second, open: 3 * time.Second,
		}
		start := time.Now()
		var changes []guard.State
		g := guard.New(guard.Config{
			FailureThreshold: m.threshold, FailureWindow: m.window, OpenDuration: m.open, HalfOpenSuccesses: m.gate,
			Now:     func() time.Time { return start.Add(m.now) },
			Changed: func(_, to guard.State, _ guard.Stats) { changes = append(changes, to) },
		})
		var passes []modelPass
		t.Repeat(map[string]func(*rapid.T){
			"time": func(t *rapid.T) { m.now += time.Duration(rapid.Int64Range(1, int64(7*time.Second)).Draw(t, "ns")) },
			"exactly the end of the open time": func(t *rapid.T) {
				if m.state != guard.Open {
					t.Skip("not open")
				}
				m.now = max(m.now, m.opened+m.open)
			},
			"admit": func(t *rapid.T) {
				want := m.admit()
				pass, err := g.Admit()
				var open *guard.OpenError
				if want == 0 && err != nil || want > 0 && (!errors.As(err, &open) || open.RetryAfterSeconds != want) {
					t.Fatalf("admit = %v, want a refusal for %d s (%+v)", err, want, m)
				}
				if err == nil {
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
				m.done(p.generation, result)
			},
			"": func(t *rapid.T) {
				want := m.stats
				want.State = m.state
				if m.state == guard.Open && m.now-m.opened >= m.open {
					want.State = guard.HalfOpen // without traffic
				}
				if got := g.Stats(); got != want {
					t.Fatalf("stats %+v, want %+v (%+v)", got, want, m)
				}
				if len(changes) != m.generation || len(changes) > 0 && changes[len(changes)-1] != m.state {
					t.Fatalf("told of %v, the model is at change %d, %v", changes, m.generation, m.state)
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
