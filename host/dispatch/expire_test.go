package dispatch

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestOldRecordsExpireInChunks(t *testing.T) {
	b := newBench(t, ok)
	b.dispatch.clock.wall = func() time.Time { return time.UnixMilli(0) }
	for i := range expireChunk + 10 {
		b.ask(fmt.Sprint("old ", i), writing, "")
	}
	b.dispatch.clock.wall = func() time.Time { return time.UnixMilli(0).Add(48 * time.Hour) }
	b.ask("new", writing, "")
	if err := b.dispatch.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	left := 0
	tx, err := b.store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := tx.Scan([]byte("l"), []byte("m"), false, func(_, _ []byte) bool { left++; return true }); err != nil {
		t.Fatal(err)
	}
	if left != 1 {
		t.Errorf("%d records left, want the new one", left)
	}
}
