//go:build !race

package metrics

import "testing"

func TestCountingDoesNotAlloc(t *testing.T) {
	m := New("1")
	msg := message()
	msg.Conflicts, msg.Code, msg.Reason = 1, "HANDLER_TRAP", "unreachable"
	for name, count := range map[string]func(){
		"a message": func() { m.Handled(msg) },
		"an event":  func() { m.Published(40, 100, 500) },
		"a drop":    m.Dropped,
	} {
		count() // its labels are looked up once
		if got := testing.AllocsPerRun(1000, count); got != 0 {
			t.Errorf("%s costs %v allocations", name, got)
		}
	}
}

func BenchmarkHandled(b *testing.B) {
	m := New("1")
	msg := message()
	b.ReportAllocs()
	for b.Loop() {
		m.Handled(msg)
	}
}
