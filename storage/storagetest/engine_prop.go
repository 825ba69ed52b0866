package storagetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/storage"
)

// testAgainstMap runs random operations on one batch and on maps: what is applied, and what the batch should see.
func testAgainstMap(t *testing.T, e storage.Engine) {
	b := e.NewBatch()
	applied := map[string]string{}
	letter := rapid.SampledFrom([]string{"", "a", "b", "c", "\x00", "\xff"})
	anyKey := rapid.Custom(func(t *rapid.T) string { return "k" + letter.Draw(t, "1") + letter.Draw(t, "2") })
	rapid.Check(t, func(t *rapid.T) {
		if err := b.Begin(); err != nil {
			t.Fatal(err)
		}
		seen := maps.Clone(applied)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				key, value := anyKey.Draw(t, "key"), letter.Draw(t, "value")
				if err := b.Put([]byte(key), []byte(value)); err != nil {
					t.Fatal(err)
				}
				seen[key] = value
			},
			"delete": func(t *rapid.T) {
				key := anyKey.Draw(t, "key")
				if err := b.Delete([]byte(key)); err != nil {
					t.Fatal(err)
				}
				delete(seen, key)
			},
			"delete range": func(t *rapid.T) {
				lo, hi := anyKey.Draw(t, "lo"), anyKey.Draw(t, "hi")
				if err := b.DeleteRange([]byte(lo), []byte(hi)); err != nil {
					t.Fatal(err)
				}
				maps.DeleteFunc(seen, func(k, _ string) bool { return k >= lo && k < hi })
			},
			"get": func(t *rapid.T) {
				key := anyKey.Draw(t, "key")
				value, found, err := b.Get([]byte(key))
				want, has := seen[key]
				if err != nil || found != has || string(value) != want {
					t.Fatalf("get %q = %q, %v, %v; want %q, %v", key, value, found, err, want, has)
				}
			},
			"scan": func(t *rapid.T) {
				lo, hi := anyKey.Draw(t, "lo"), anyKey.Draw(t, "hi")
				reverse, limit := rapid.Bool().Draw(t, "reverse"), rapid.IntRange(1, 9).Draw(t, "limit")
				var got []string
				err := b.Scan([]byte(lo), []byte(hi), reverse, func(k, v []byte) bool {
					got = append(got, fmt.Sprintf("%q=%q", k, v))
					return len(got) < limit
				})
				if want := scanMap(seen, lo, hi, reverse, limit); err != nil || !slices.Equal(got, want) {
					t.Fatalf("scan %q..%q = %q, %v; want %q", lo, hi, got, err, want)
				}
			},
		})
		if rapid.Bool().Draw(t, "apply") {
			if err := b.Apply(); err != nil {
				t.Fatal(err)
			}
			applied = seen
		}
	})
	b.Reset()
}

// scanMap is Scan on a map.
func scanMap(m map[string]string, lo, hi string, reverse bool, limit int) []string {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(m)), func(k string) bool {
		return strings.Compare(k, lo) < 0 || strings.Compare(k, hi) >= 0
	})
	if reverse {
		slices.Reverse(keys)
	}
	var pairs []string
	for _, k := range keys[:min(limit, len(keys))] {
		pairs = append(pairs, fmt.Sprintf("%q=%q", k, m[k]))
	}
	return pairs
}
