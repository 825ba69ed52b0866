package txn

import (
	"fmt"
	"testing"

	"workcell/storage"
)

// commitKeys adds a commit that wrote keys.
func commitKeys(r *recent, keys ...string) {
	var list keyList
	for _, k := range keys {
		list.add([]byte(k))
	}
	r.add(r.last+1, &list)
}

func TestRecentForgetsOldCommits(t *testing.T) {
	cases := []struct {
		name     string
		commits  int
		maxBytes int
		written  []string // one key a commit, on top of commit 10
		oldest   storage.Sequence
	}{
		{"nothing yet", 4, 100, nil, 10},
		{"not full", 4, 100, []string{"x", "x", "x"}, 10},
		{"full", 4, 100, []string{"x", "x", "x", "x"}, 10},
		{"full twice", 4, 100, []string{"x", "x", "x", "x", "x", "x", "x", "x", "x"}, 15},
		{"too many bytes", 4, 5, []string{"xxx", "xxx", "xx"}, 11},
		{"one too big for all", 4, 5, []string{"x", "xxxxxx"}, 12},
		{"one too big, then more", 4, 5, []string{"x", "xxxxxx", "x"}, 12},
	}
	anywhere := []keyRange{{lo: []byte("y")}}
	for _, c := range cases {
		var r recent
		r.init(c.commits, c.maxBytes, 10)
		for _, key := range c.written {
			commitKeys(&r, key)
		}
		for start := storage.Sequence(8); start <= r.last; start++ {
			want := start >= c.oldest || start == r.last
			if got := r.unchanged(anywhere, &writeSet{}, start); got != want {
				t.Errorf("%s: a range read at %d is unchanged: %v, want %v", c.name, start, got, want)
			}
			if !r.unchanged(nil, &writeSet{}, start) {
				t.Errorf("%s: no range was read, yet one changed", c.name)
			}
		}
		if r.bytes > c.maxBytes {
			t.Errorf("%s: holds %d bytes, at most %d allowed", c.name, r.bytes, c.maxBytes)
		}
	}
}

func TestRecentFindsKeysInRanges(t *testing.T) {
	var r recent
	r.init(2, 1000, 0)
	commitKeys(&r, "zz")
	commitKeys(&r, "b", "d", "f")
	commitKeys(&r, "h")
	for _, c := range []struct {
		lo, hi    string
		unchanged bool
	}{
		{"a", "b", true}, {"a", "b\x00", false}, {"b", "c", false}, {"c", "d", true}, {"e", "g", false}, {"h", "", false}, {"i", "", true},
	} {
		read := keyRange{lo: []byte(c.lo)}
		if c.hi != "" {
			read.hi = []byte(c.hi)
		}
		if got := r.unchanged([]keyRange{{lo: []byte("x"), hi: []byte("y")}, read}, &writeSet{}, 1); got != c.unchanged {
			t.Errorf("%q..%q is unchanged: %v, want %v", c.lo, c.hi, got, c.unchanged)
		}
	}
}

func TestWriteSet(t *testing.T) {
	var w writeSet
	for round := range 3 {
		n := []int{3, 5000, 40}[round]
		for i := range n {
			k := fmt.Appendf(nil, "key%d", i)
			if w.contains(hashKey(k), k) {
				t.Fatalf("round %d: %s is there before it was added", round, k)
			}
			w.add(hashKey(k), k)
			w.add(hashKey(k), k)
		}
		if w.len() != n || w.keys.len() != n {
			t.Fatalf("round %d: %d keys, want %d", round, w.len(), n)
		}
		for i := range n {
			k := fmt.Appendf(nil, "key%d", i)
			if p := w.position(hashKey(k), k); p != i {
				t.Fatalf("round %d: %s is at %d, want %d", round, k, p, i)
			}
		}
		w.reset()
	}
}

func TestReadSetResets(t *testing.T) {
	var r readSet
	for range 2 {
		for i := range uint64(300) {
			r.addPoint(i << 55)
			r.addPoint(i << 55)
		}
		r.addRange([]byte("a"), nil, 1)
		r.addRange(nil, []byte("b"), 2)
		if len(r.points) != 300 || len(r.ranges) != 2 {
			t.Fatalf("%d points, %d ranges", len(r.points), len(r.ranges))
		}
		if r.ranges[0].contains([]byte("A")) || !r.ranges[0].contains([]byte("zz")) || !r.ranges[1].contains(nil) || r.ranges[1].contains([]byte("b")) {
			t.Fatalf("ranges %+v", r.ranges)
		}
		r.reset()
		if r.seen != [len(r.seen)]uint64{} {
			t.Fatal("slots are still marked")
		}
	}
}

func TestHashSpreadsOverSlots(t *testing.T) {
	used := map[uint16]bool{}
	for i := range 2000 {
		used[slotOf(hashKey(fmt.Appendf(nil, "dboard\x00item/%08d", i)))] = true
	}
	if len(used) < 1850 { // 1883 expected of a random function
		t.Fatalf("2000 keys share %d slots", len(used))
	}
}
