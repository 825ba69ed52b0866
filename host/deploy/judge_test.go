package deploy

import (
	"testing"
	"testing/synctest"
	"time"

	"workcell/host/sandbox"
)

func TestAJudgeForgetsAfterItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &judge{threshold: Threshold{Failures: 2, Percent: 50, Window: time.Minute}}
		note := func(failed, want bool) {
			t.Helper()
			if _, _, over := j.note(time.Now(), failed); over != want {
				t.Errorf("over %t, want %t", over, want)
			}
		}
		note(true, false)
		time.Sleep(61 * time.Second)
		note(true, false) // the first one is forgotten
		note(false, false)
		note(true, true) // 2 of 3
		time.Sleep(30 * time.Second)
		for range 10 {
			note(false, false)
		}
		note(true, false) // 3 of 14
		time.Sleep(31 * time.Second)
		note(true, false) // 2 of 12
	})
}

func TestAJudgeWithoutAThresholdIsNeverOver(t *testing.T) {
	j := &judge{}
	for range 100 {
		if _, _, over := j.note(time.Now(), true); over {
			t.Fatal("over")
		}
	}
}

func TestWhatCountsAgainstAVersion(t *testing.T) {
	for _, test := range []struct {
		out  sandbox.Outcome
		want bool
	}{
		{sandbox.Outcome{Status: sandbox.OK}, false},
		{sandbox.Outcome{Status: sandbox.Refused}, false},
		{sandbox.Outcome{Status: sandbox.Trapped, Reason: sandbox.ReasonUnreachable}, true},
		{sandbox.Outcome{Status: sandbox.OutOfFuel}, true},
		{sandbox.Outcome{Status: sandbox.TimedOut, Reason: sandbox.ReasonExecution}, true},
		{sandbox.Outcome{Status: sandbox.TimedOut, Reason: sandbox.ReasonQueue}, false},
		{sandbox.Outcome{Status: sandbox.Canceled}, false},
		{sandbox.Outcome{Status: sandbox.Failed}, false},
	} {
		if got := failed(test.out); got != test.want {
			t.Errorf("%v: %t", test.out, got)
		}
	}
}
