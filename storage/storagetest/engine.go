package storagetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"workcell/storage"
)

// Run checks that an engine keeps the contract of storage.Engine. open returns an empty one; Run closes it.
func Run(t *testing.T, open func(t *testing.T) storage.Engine) {
	cases := []struct {
		name string
		run  func(t *testing.T, e storage.Engine)
	}{
		{"an empty engine has nothing", testEmpty},
		{"a batch sees its own writes, others only after the apply", testOwnWrites},
		{"a batch keeps its snapshot", testSnapshot},
		{"scans honour bounds and direction", testBounds},
		{"scans merge own writes into the snapshot", testScanOwnWrites},
		{"a scan stops when told", testScanStops},
		{"a read after a scan is not bound by it", testGetAfterScan},
		{"a range is deleted as it is when the batch is applied", testDeleteRange},
		{"keys and values are borrowed", testBorrowed},
		{"the last apply wins", testOrder},
		{"reset drops what was not applied", testReset},
		{"an apply is seen whole or not at all", testAtomic},
		{"values of all sizes", testSizes},
		{"a batch agrees with a sorted map", testAgainstMap},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := open(t)
			c.run(t, e)
			if err := e.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
		})
	}
}

// begun returns a batch of e that is reset when the case ends.
func begun(t *testing.T, e storage.Engine) storage.Batch {
	t.Helper()
	b := e.NewBatch()
	must(t, b.Begin())
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails unless key has the value; an empty want means "no such key".
func want(t testing.TB, r storage.Reader, key, want string) {
	t.Helper()
	got, found, err := r.Get([]byte(key))
	must(t, err)
	if string(got) != want || found != (want != "") {
		t.Fatalf("get %q = %q, %v; want %q", key, got, found, want)
	}
}

// pairs scans and returns "key=value" of what was visited, at most limit of them if limit is not 0.
func pairs(t testing.TB, r storage.Reader, lo, hi []byte, reverse bool, limit int) []string {
	t.Helper()
	var seen []string
	must(t, r.Scan(lo, hi, reverse, func(key, value []byte) bool {
		seen = append(seen, fmt.Sprintf("%s=%s", key, value))
		return len(seen) != limit
	}))
	return seen
}

func wantPairs(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("scan = %q, want %q", got, want)
	}
}

// write applies and syncs puts of "key=value" and deletes of "key".
func write(t testing.TB, e storage.Engine, ops ...string) {
	t.Helper()
	b := e.NewBatch()
	must(t, b.Begin())
	change(t, b, ops...)
	must(t, b.Apply())
	must(t, b.Sync())
	b.Reset()
}

func change(t testing.TB, w storage.Writer, ops ...string) {
	t.Helper()
	for _, op := range ops {
		key, value, put := bytes.Cut([]byte(op), []byte("="))
		if put {
			must(t, w.Put(key, value))
		} else {
			must(t, w.Delete(key))
		}
	}
}
