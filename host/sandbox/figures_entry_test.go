//go:build linux

package sandbox_test

import (
	"testing"

	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// TestFigures measures what the sandbox costs, with -figures. Without it the code of each figure runs once, on guests so
// small that nothing is learned but that it runs.
func TestFigures(t *testing.T) {
	sandbox.MeasureFigures(t, hostcall.Functions(), func(pkg string) []byte { return hosttest.Guest(t, pkg) })
}
