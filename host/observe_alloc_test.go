//go:build !race

package host

import (
	"testing"
	"time"

	"workcell/host/metrics"
	"workcell/host/telemetry"
)

func TestObservingWithoutTracesDoesNotAlloc(t *testing.T) {
	o := &observers{metrics: metrics.New(Version)}
	now := time.Now()
	m := &telemetry.Message{
		Handler: "CreateWorkItem", Correlation: "m", Outcome: telemetry.Succeeded, Reply: 40, Fuel: 1, BytesIn: 1, BytesOut: 1,
		Received: now, Admitted: now, Called: now, Returned: now, Applied: now, Durable: now, Answered: now,
	}
	o.Handled(m) // labels are looked up once
	if got := testing.AllocsPerRun(1000, func() { o.Handled(m) }); got != 0 {
		t.Errorf("a message costs %v allocations", got)
	}
}
