package session

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The bucket against the textbook: a number of tokens that grows with time up to its size.
func TestTheBucketRefillsEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A window that the number of messages divides, so that the model counts in whole tokens.
		r := Rate{Messages: rapid.IntRange(1, 10_000).Draw(t, "messages")}
		each := time.Duration(rapid.Int64Range(1, int64(time.Hour)/10_000).Draw(t, "each"))
		r.Window = each * time.Duration(r.Messages)
		var b bucket
		now, filled := time.Duration(0), time.Duration(r.Messages)*each // filled is tokens * each
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			pass := time.Duration(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, int64(3*each)), rapid.Int64Range(0, int64(2*r.Window))).Draw(t, "pass"))
			now += pass
			filled = min(filled+pass, r.Window)
			want := filled >= each
			if want {
				filled -= each
			}
			if got := b.take(now, r); got != want {
				t.Fatalf("at %s: took %t, want %t", now, got, want)
			}
		}
	})
}

func TestABurstIsTheWholeBucketAndNoMore(t *testing.T) {
	for _, r := range []Rate{{1, time.Second}, {3, time.Second}, {100, time.Minute}, {10_000, time.Second}} {
		var b bucket
		for i := range r.Messages {
			if !b.take(0, r) {
				t.Fatalf("%v: message %d refused", r, i+1)
			}
		}
		if b.take(0, r) {
			t.Errorf("%v: a message too many", r)
		}
		if !b.take(r.Window/time.Duration(r.Messages)+1, r) {
			t.Errorf("%v: refused when a token is back", r)
		}
	}
	var b bucket
	for range 1000 {
		if !b.take(0, Rate{}) {
			t.Fatal("refused without a limit")
		}
	}
}
