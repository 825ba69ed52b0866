package dispatch

import (
	"strings"
	"testing"
)

func TestALongMessageIDDoesNotFillTheLog(t *testing.T) {
	b := newBench(t, ok)
	b.wantAnswer(strings.Repeat("m", 1<<20), writing, "", "INVALID_MESSAGE")
	if n := b.log.Len(); n > 2<<10 {
		t.Errorf("%d bytes were logged", n)
	}
}
