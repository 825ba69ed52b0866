package txn

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// However much a transaction scans, it remembers at most maxRanges ranges, and they cover all that it has scanned.
func TestRangesAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r readSet
		var scanned []keyRange
		bound := rapid.Map(rapid.IntRange(0, 2000), func(i int) []byte { return fmt.Appendf(nil, "%c/%03d", 'a'+i%5, i) })
		for range rapid.IntRange(1, 3*maxRanges).Draw(t, "scans") {
			one := keyRange{lo: bound.Draw(t, "lo"), hi: bound.Draw(t, "hi"), writes: rapid.IntRange(0, 3).Draw(t, "writes")}
			if rapid.IntRange(0, 50).Draw(t, "open") == 0 {
				one.hi = nil
			}
			r.addRange(one.lo, one.hi, one.writes)
			scanned = append(scanned, one)
		}
		if len(r.ranges) > maxRanges {
			t.Fatalf("%d ranges", len(r.ranges))
		}
		for _, one := range scanned {
			covered := false
			for _, kept := range r.ranges {
				covered = covered || kept.covers(one)
			}
			if !covered {
				t.Fatalf("nothing covers %q..%q", one.lo, one.hi)
			}
		}
	})
}

func TestNeighboursInOneTableAreJoinedFirst(t *testing.T) {
	var r readSet
	for i := range maxRanges - 2 {
		k := fmt.Appendf(nil, "item/%04d", 2*i)
		r.addRange(k, append(k, 0xff), 0)
	}
	r.addRange([]byte("a"), []byte("b"), 0)
	r.addRange([]byte("z"), nil, 0)
	for i := range 1000 {
		k := fmt.Appendf(nil, "item/%04d", 2*i+1000)
		r.addRange(k, append(k, 0xff), 0)
	}
	for key, read := range map[string]bool{"a": true, "b": false, "item": false, "item/0000": true, "item/2998": true, "j": false, "z": true} {
		if r.touched([]byte(key), &writeSet{}) != read {
			t.Errorf("%q counts as read: %v", key, !read)
		}
	}
}

// A range that is scanned again and again costs nothing.
func TestTheSameRangeIsKeptOnce(t *testing.T) {
	var r readSet
	for i := range 10 {
		r.addRange([]byte("b"), []byte("d"), i)
		r.addRange([]byte("b"), []byte("c"), i)
	}
	if len(r.ranges) != 1 {
		t.Errorf("%d ranges", len(r.ranges))
	}
	r.addRange([]byte("b"), []byte("e"), 0)
	r.addRange([]byte("a"), []byte("c"), 0)
	if len(r.ranges) != 3 {
		t.Errorf("%d ranges", len(r.ranges))
	}
}
