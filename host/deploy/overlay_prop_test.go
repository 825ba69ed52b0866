package deploy

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"workcell/storage"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// begin returns a transaction on a store with some keys.
func begin(t *rapid.T, pairs map[string]string) (tx *txn.Txn, end func()) {
	store, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range pairs {
		if err := first.Put([]byte(key), []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	first.Discard()
	if tx, err = store.Begin(); err != nil {
		t.Fatal(err)
	}
	return tx, func() {
		tx.Discard()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// all reads a range, until it has so many pairs.
func all(t *rapid.T, r storage.Reader, lo, hi []byte, reverse bool, most int) (text string) {
	err := r.Scan(lo, hi, reverse, func(key, value []byte) bool {
		text += fmt.Sprintf("%q=%q ", key, value)
		most--
		return most > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// An overlay reads as a transaction does that was written directly; and it is one, once it is committed.
func TestAnOverlayReadsAsWhatItBecomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-d]{1,2}`)
		pairs := rapid.MapOf(word, rapid.StringMatching(`[0-9]?`)).Draw(t, "stored")
		direct, end := begin(t, pairs)
		defer end()
		under, endUnder := begin(t, pairs)
		defer endUnder()
		o, through := newOverlay(under, false), newOverlay(direct, true)
		compare := func(b storage.Reader) {
			lo, hi := []byte(word.Draw(t, "lo")), []byte(word.Draw(t, "hi"))
			if rapid.Bool().Draw(t, "to the end") {
				hi = nil
			}
			reverse, most := rapid.Bool().Draw(t, "reverse"), rapid.IntRange(1, 20).Draw(t, "most")
			if hi != nil && bytes.Compare(lo, hi) > 0 {
				lo, hi = hi, lo
			}
			if want, got := all(t, through, lo, hi, reverse, most), all(t, b, lo, hi, reverse, most); got != want {
				t.Fatalf("from %q to %q, reverse %t: %s, want %s", lo, hi, reverse, got, want)
			}
			want, found, _ := through.Get(lo)
			if got, ok, err := b.Get(lo); string(got) != string(want) || ok != found || err != nil {
				t.Fatalf("%q is %q, %t, %v; want %q, %t", lo, got, ok, err, want, found)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				key, value := []byte(word.Draw(t, "key")), []byte(rapid.StringMatching(`[0-9]?`).Draw(t, "value"))
				if err := o.Put(key, value); err != nil {
					t.Fatal(err)
				}
				if err := through.Put(key, value); err != nil {
					t.Fatal(err)
				}
			},
			"delete": func(t *rapid.T) {
				key := []byte(word.Draw(t, "key"))
				if err := o.Delete(key); err != nil {
					t.Fatal(err)
				}
				if err := through.Delete(key); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) { compare(o) },
		})
		if !o.equal(through) {
			t.Fatal("the same writes are not equal")
		}
		if err := o.commit(); err != nil {
			t.Fatal(err)
		}
		compare(under)
	})
}
