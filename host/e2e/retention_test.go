package e2e

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workcell/host/telemetry"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// age makes the store in the directory of a server that does not run believe that so much time has passed: time never
// goes back.
func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	engine, err := lsm.Open(filepath.Join(dir, "data.db"), lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(errors.Join(err, engine.Close()))
	}
	tx, err := store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	tx.Announce() // nothing but the time
	if _, err = tx.Commit(time.Now().Add(by).UnixMilli(), nil); err == nil {
		err = tx.Wait()
	}
	tx.Discard()
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOldActivityIsDeletedAtTheStart(t *testing.T) {
	const day = 24 * time.Hour
	dir := t.TempDir()
	keepWeek := map[string]string{"activity_log.retention_days": "7"}
	born := func(keep map[string]string, until func(a *appliance)) string {
		a := startIn(t, dir, boardOnly, keep)
		c := a.dial(t, ann)
		id := newTask(t, c, newProject(t, c).Id, "Dig").Id
		if until != nil {
			until(a)
		}
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		return id
	}
	check := func(when, item string, want int) {
		t.Helper()
		if rows := activity(t, dir, item); len(rows) != want {
			t.Errorf("%s: the activity is %v, want %d rows", when, rows, want)
		}
	}
	first := born(keepWeek, nil)
	age(t, dir, 5*day)
	second := born(keepWeek, nil)
	check("after 5 days", first, 1)
	age(t, dir, 8*day)
	born(map[string]string{"activity_log.retention_days": "0"}, nil)
	check("kept for ever", first, 1)
	born(keepWeek, func(a *appliance) {
		for ctx := soon(t); !strings.Contains(a.log.tail(1000), telemetry.EventForgotten); time.Sleep(10 * time.Millisecond) {
			if ctx.Err() != nil {
				t.Fatal("nothing is deleted")
			}
		}
	})
	check("after 8 days", first, 0)
	check("3 days after it was born", second, 1)
}
