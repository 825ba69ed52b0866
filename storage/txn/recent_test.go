package txn

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

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
		{"too many bytes", 4, 7, []string{"xxx", "xx", "xx"}, 11},
		{"one too big for all", 4, 5, []string{"x", "xxxxxx"}, 12},
		{"one too big, then more", 4, 5, []string{"x", "xxxxxx", "x"}, 12},
		{"the end of the ring stays empty", 4, 5, []string{"x", "xx", "x"}, 11},
	}
	anywhere := &readSet{}
	anywhere.addRange([]byte("y"), nil, 0)
	for _, c := range cases {
		var r recent
		r.init(c.commits, c.maxBytes, 10)
		for _, key := range c.written {
			commitKeys(&r, key)
		}
		for start := storage.Sequence(8); start <= r.last; start++ {
			want := start >= c.oldest || start == r.last
			if _, _, got := r.unchanged(anywhere, &writeSet{}, start, 1000); got != want {
				t.Errorf("%s: a range read at %d is unchanged: %v, want %v", c.name, start, got, want)
			}
			if _, _, ok := r.unchanged(&readSet{}, &writeSet{}, start, 1000); !ok {
				t.Errorf("%s: no range was read, yet one changed", c.name)
			}
		}
	}
}

// The ring against a list, with keys of all sizes.
func TestRecentAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r recent
		r.init(rapid.IntRange(1, 6).Draw(t, "commits"), rapid.IntRange(1, 300).Draw(t, "bytes"), 0)
		var commits [][]string
		key := rapid.StringN(0, 20, 200)
		for range rapid.IntRange(1, 30).Draw(t, "adds") {
			keys := rapid.SliceOfN(key, 0, 4).Draw(t, "keys")
			commitKeys(&r, keys...)
			commits = append(commits, keys)
			if held := int(r.last + 1 - r.first); held > len(r.entries) {
				t.Fatalf("%d commits held of %d", held, len(r.entries))
			}
			for q := r.first; q <= r.last; q++ {
				var got []string
				for view := r.view(q); len(view) > 0; {
					var k []byte
					k, view = nextKey(view)
					got = append(got, string(k))
				}
				if !slices.Equal(got, commits[q-1]) {
					t.Fatalf("commit %d holds %q, wrote %q", q, got, commits[q-1])
				}
			}
		}
	})
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
		var reads readSet
		reads.addRange([]byte("x"), []byte("y"), 0)
		var hi []byte
		if c.hi != "" {
			hi = []byte(c.hi)
		}
		reads.addRange([]byte(c.lo), hi, 0)
		if _, _, got := r.unchanged(&reads, &writeSet{}, 1, 1000); got != c.unchanged {
			t.Errorf("%q..%q is unchanged: %v, want %v", c.lo, c.hi, got, c.unchanged)
		}
	}
}

// A long comparison is made in steps, so that commits do not wait for all of it.
func TestRecentComparesInSteps(t *testing.T) {
	var r recent
	r.init(100, 1000, 0)
	for range 10 {
		commitKeys(&r, "a", "b")
	}
	commitKeys(&r, "x")
	var reads readSet
	reads.addRange([]byte("x"), []byte("y"), 0)
	reads.addRange([]byte("y"), nil, 0)
	for _, step := range []struct {
		after, through storage.Sequence
		more, ok       bool
	}{{0, 3, true, true}, {3, 6, true, true}, {6, 9, true, true}, {9, 10, false, false}, {11, 11, false, true}} {
		through, more, ok := r.unchanged(&reads, &writeSet{}, step.after, 9)
		if through != step.through || more != step.more || ok != step.ok {
			t.Errorf("after %d it came to %d, more %v, ok %v; want %+v", step.after, through, more, ok, step)
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
		if r.ranges[1].contains([]byte("A")) || !r.ranges[1].contains([]byte("zz")) || !r.ranges[0].contains(nil) || r.ranges[0].contains([]byte("b")) {
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
