package storagetest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"workcell/storage"
)

func testEmpty(t *testing.T, e storage.Engine) {
	b := begun(t, e)
	defer b.Reset()
	want(t, b, "a", "")
	wantPairs(t, pairs(t, b, nil, nil, false, 0))
	wantPairs(t, pairs(t, b, nil, nil, true, 0))
	if b.Count() != 0 {
		t.Fatalf("count = %d", b.Count())
	}
	must(t, b.Apply())
	must(t, b.Sync())
}

func testOwnWrites(t *testing.T, e storage.Engine) {
	write(t, e, "a=1", "b=1")
	b := begun(t, e)
	change(t, b, "a=2", "b", "c=2", "c=3")
	want(t, b, "a", "2")
	want(t, b, "b", "")
	want(t, b, "c", "3")
	if b.Count() != 4 {
		t.Fatalf("count = %d, want 4", b.Count())
	}
	other := begun(t, e)
	want(t, other, "a", "1")
	want(t, other, "b", "1")
	want(t, other, "c", "")
	must(t, b.Apply())
	must(t, other.Begin())
	want(t, other, "a", "2") // visible before it is durable
	want(t, other, "b", "")
	want(t, other, "c", "3")
	other.Reset()
	must(t, b.Sync())
	must(t, b.Begin())
	if b.Count() != 0 {
		t.Fatalf("count after begin = %d", b.Count())
	}
	want(t, b, "a", "2")
	b.Reset()
}

func testSnapshot(t *testing.T, e storage.Engine) {
	write(t, e, "a=1", "b=1")
	early, late := begun(t, e), begun(t, e)
	want(t, early, "a", "1")
	write(t, e, "a=2", "b", "c=2")
	for _, b := range []storage.Batch{early, late} { // one has read before, the other has not
		want(t, b, "a", "1")
		want(t, b, "c", "")
		wantPairs(t, pairs(t, b, nil, nil, false, 0), "a=1", "b=1")
		change(t, b, "d=own")
		wantPairs(t, pairs(t, b, nil, nil, false, 0), "a=1", "b=1", "d=own")
		want(t, b, "a", "1")
	}
	must(t, early.Begin())
	wantPairs(t, pairs(t, early, nil, nil, false, 0), "a=2", "c=2")
	early.Reset()
	late.Reset()
}

func testBounds(t *testing.T, e storage.Engine) {
	write(t, e, "a=0", "b=1", "b\x00=2", "bb=3", "c=4", "\xff=5", "\xff\xff=6")
	b := begun(t, e)
	defer b.Reset()
	cases := []struct {
		lo, hi []byte
		want   []string
	}{
		{nil, nil, []string{"a=0", "b=1", "b\x00=2", "bb=3", "c=4", "\xff=5", "\xff\xff=6"}},
		{[]byte("b"), nil, []string{"b=1", "b\x00=2", "bb=3", "c=4", "\xff=5", "\xff\xff=6"}},
		{[]byte("b"), []byte("c"), []string{"b=1", "b\x00=2", "bb=3"}},
		{[]byte("b"), []byte("b\x00"), []string{"b=1"}},
		{nil, []byte("b"), []string{"a=0"}},
		{[]byte("bc"), []byte("bd"), nil},
		{[]byte("c"), []byte("b"), nil},
		{[]byte("b"), []byte("b"), nil},
		{nil, []byte{}, nil},
		{[]byte("\xff"), nil, []string{"\xff=5", "\xff\xff=6"}},
	}
	for _, c := range cases {
		wantPairs(t, pairs(t, b, c.lo, c.hi, false, 0), c.want...)
		backwards := make([]string, 0, len(c.want))
		for i := range c.want {
			backwards = append(backwards, c.want[len(c.want)-1-i])
		}
		wantPairs(t, pairs(t, b, c.lo, c.hi, true, 0), backwards...)
	}
}

func testScanOwnWrites(t *testing.T, e storage.Engine) {
	write(t, e, "b=1", "d=1", "f=1")
	b := begun(t, e)
	defer b.Reset()
	change(t, b, "a=2", "b=2", "d", "e=2", "g=2", "g")
	wantPairs(t, pairs(t, b, nil, nil, false, 0), "a=2", "b=2", "e=2", "f=1")
	wantPairs(t, pairs(t, b, nil, nil, true, 0), "f=1", "e=2", "b=2", "a=2")
	change(t, b, "c=3", "b")
	wantPairs(t, pairs(t, b, []byte("b"), []byte("f"), false, 0), "c=3", "e=2")
	change(t, b, "c=4")
	wantPairs(t, pairs(t, b, []byte("b"), []byte("f"), true, 0), "e=2", "c=4")
}

func testScanStops(t *testing.T, e storage.Engine) {
	write(t, e, "a=1", "b=2", "c=3")
	b := begun(t, e)
	defer b.Reset()
	wantPairs(t, pairs(t, b, nil, nil, false, 2), "a=1", "b=2")
	wantPairs(t, pairs(t, b, nil, nil, true, 2), "c=3", "b=2")
	wantPairs(t, pairs(t, b, nil, nil, false, 3), "a=1", "b=2", "c=3")
}

func testGetAfterScan(t *testing.T, e storage.Engine) {
	write(t, e, "a=1", "b=2", "c=3")
	b := begun(t, e)
	defer b.Reset()
	wantPairs(t, pairs(t, b, []byte("b"), []byte("c"), false, 0), "b=2")
	want(t, b, "a", "1")
	want(t, b, "c", "3")
	wantPairs(t, pairs(t, b, []byte("b"), []byte("c"), true, 0), "b=2")
	change(t, b, "d=4")
	want(t, b, "d", "4")
	want(t, b, "a", "1")
	wantPairs(t, pairs(t, b, []byte("b"), []byte("e"), false, 0), "b=2", "c=3", "d=4")
}

func testBorrowed(t *testing.T, e storage.Engine) {
	b := begun(t, e)
	key, value := []byte("key"), []byte("value")
	must(t, b.Put(key, value))
	copy(key, "xxx")
	copy(value, "yyyyy")
	want(t, b, "key", "value")
	want(t, b, "xxx", "")
	must(t, b.Apply())
	must(t, b.Sync())
	must(t, b.Begin())
	want(t, b, "key", "value")
	lo, hi := []byte("a"), []byte("z")
	seen := 0
	must(t, b.Scan(lo, hi, false, func(_, _ []byte) bool { seen++; return true }))
	copy(lo, "z")
	want(t, b, "key", "value")
	if seen != 1 {
		t.Fatalf("seen %d", seen)
	}
	b.Reset()
}

func testDeleteRange(t *testing.T, e storage.Engine) {
	write(t, e, "a=1", "b=1", "b2=1", "c=1", "d=1")
	b := begun(t, e)
	change(t, b, "b3=own")
	must(t, b.DeleteRange([]byte("b"), []byte("c")))
	must(t, b.DeleteRange([]byte("d"), []byte("d"))) // nothing
	must(t, b.DeleteRange([]byte("d"), []byte("a"))) // nothing
	if b.Count() != 2 {
		t.Fatalf("count = %d, want 2", b.Count())
	}
	want(t, b, "b", "")
	want(t, b, "b3", "")
	want(t, b, "c", "1")
	wantPairs(t, pairs(t, b, nil, nil, false, 0), "a=1", "c=1", "d=1")
	change(t, b, "b2=again")
	want(t, b, "b2", "again")
	wantPairs(t, pairs(t, b, nil, nil, true, 0), "d=1", "c=1", "b2=again", "a=1")
	write(t, e, "b1=late") // not in the snapshot, yet deleted by the apply
	must(t, b.Apply())
	must(t, b.Sync())
	must(t, b.Begin())
	wantPairs(t, pairs(t, b, nil, nil, false, 0), "a=1", "b2=again", "c=1", "d=1")
	b.Reset()
	write(t, e, "b=new")
	b = begun(t, e)
	want(t, b, "b", "new")
	b.Reset()
}

func testOrder(t *testing.T, e storage.Engine) {
	first, second := begun(t, e), begun(t, e)
	change(t, first, "a=first")
	change(t, second, "a=second")
	must(t, second.Apply())
	must(t, first.Apply())
	must(t, first.Sync()) // the later one covers the earlier one
	must(t, second.Sync())
	must(t, second.Begin())
	want(t, second, "a", "first")
	first.Reset()
	second.Reset()
}

func testReset(t *testing.T, e storage.Engine) {
	b := e.NewBatch()
	b.Reset()
	must(t, b.Begin())
	change(t, b, "a=1")
	b.Reset()
	b.Reset()
	must(t, b.Begin())
	want(t, b, "a", "")
	change(t, b, "b=1")
	must(t, b.Begin()) // drops too
	want(t, b, "b", "")
	change(t, b, "c=1")
	must(t, b.Apply())
	b.Reset() // without Sync: applied all the same
	must(t, b.Begin())
	want(t, b, "c", "1")
	b.Reset()
}

func testAtomic(t *testing.T, e storage.Engine) {
	const rounds = 100
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			b := e.NewBatch()
			for range rounds {
				if err := b.Begin(); err != nil {
					t.Error(err)
					return
				}
				x, _, errX := b.Get([]byte("x"))
				x = bytes.Clone(x)
				y, _, errY := b.Get([]byte("y"))
				if errX != nil || errY != nil || !bytes.Equal(x, y) {
					t.Errorf("x = %q (%v), y = %q (%v)", x, errX, y, errY)
				}
			}
			b.Reset()
		})
	}
	b := e.NewBatch()
	for i := range rounds {
		must(t, b.Begin())
		change(t, b, fmt.Sprintf("x=%d", i), fmt.Sprintf("y=%d", i))
		must(t, b.Apply())
	}
	must(t, b.Sync())
	b.Reset()
	readers.Wait()
}

func testSizes(t *testing.T, e storage.Engine) {
	for _, size := range []int{0, 1, 100, 4 << 10, 1 << 20, 9 << 20} {
		b := begun(t, e)
		key := fmt.Appendf(nil, "size%d", size)
		value := bytes.Repeat([]byte{'v'}, size)
		must(t, b.Put(key, value))
		must(t, b.Apply())
		must(t, b.Sync())
		must(t, b.Begin())
		got, found, err := b.Get(key)
		must(t, err)
		if !found || !bytes.Equal(got, value) {
			t.Fatalf("value of %d bytes came back with %d, found %v", size, len(got), found)
		}
		b.Reset()
	}
}
