package backup

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestThePaceIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{bytesPerSecond: 1000}
		start := time.Now()
		for range 100 {
			if err := p.wait(t.Context(), 50); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("5000 bytes took %v", took)
		}
		time.Sleep(time.Minute) // the disk was busy: that is not made up for
		start = time.Now()
		for range 21 {
			if err := p.wait(t.Context(), 50); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("1050 bytes after a break took %v", took)
		}
	})
}

func TestWithoutALimitNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		start := time.Now()
		if err := p.wait(t.Context(), 1<<30); err != nil || time.Since(start) != 0 {
			t.Error(err, time.Since(start))
		}
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	for name, p := range map[string]pace{"slow": {bytesPerSecond: 1}, "unlimited": {}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := errors.New("gone")
			cancel(gone)
			if err := p.wait(ctx, 1000); !errors.Is(err, gone) {
				t.Error(err)
			}
		})
	}
}
