package lsm

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
	"workcell/storage/baddisk"
)

func TestEveryVersionHasItsUpgrade(t *testing.T) {
	if FormatVersion != 1+len(upgrades) {
		t.Fatalf("format version %d with %d upgrades from version 1", FormatVersion, len(upgrades))
	}
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// planted are two upgrades: rows move from table a to table b, then each value gets a mark.
var planted = []upgrade{
	{"move a to b", func(e storage.Engine) error {
		return eachRow(e, "a", func(b storage.Batch, key, value []byte) error {
			return errors.Join(b.Put(append([]byte("b"), key[1:]...), value), b.Delete(key))
		})
	}},
	{"mark values", func(e storage.Engine) error {
		return eachRow(e, "b", func(b storage.Batch, key, value []byte) error {
			if bytes.HasPrefix(value, []byte("marked ")) { // by a run that was cut off
				return nil
			}
			return b.Put(key, append([]byte("marked "), value...))
		})
	}},
}

// eachRow changes the rows of a table, each in a transaction of its own.
func eachRow(e storage.Engine, table string, change func(b storage.Batch, key, value []byte) error) error {
	rows, b := map[string]string{}, e.NewBatch()
	defer b.Reset()
	err := errors.Join(b.Begin(), b.Scan([]byte(table), []byte(table+"\xff"), false, func(key, value []byte) bool {
		rows[string(key)] = string(value)
		return true
	}))
	if err != nil {
		return err
	}
	for key, value := range rows {
		if err := errors.Join(b.Begin(), change(b, []byte(key), []byte(value)), b.Apply(), b.Sync()); err != nil {
			return err
		}
	}
	return nil
}

// old makes a store of version 1 with some rows.
func old(t *testing.T, files vfs.FS) {
	t.Helper()
	e, err := Open("data", Options{FS: files, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b := e.NewBatch()
	for _, key := range []string{"a1", "a2", "a3", "a4"} {
		if err := errors.Join(b.Begin(), b.Put([]byte(key), []byte(key)), b.Apply(), b.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	b.Reset()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantFormat(t *testing.T, files vfs.FS, want string) {
	t.Helper()
	if text, err := readFormat(files, "data"); err != nil || text != want+"\n" {
		t.Fatalf("FORMAT is %q (%v), want %q", text, err, want)
	}
}

// wantUpgraded opens a store with the planted upgrades, after which its rows must be as new.
func wantUpgraded(t *testing.T, files vfs.FS) {
	t.Helper()
	e, err := Open("data", Options{FS: files, Logger: quiet, upgrades: planted})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var rows []string
	b := e.NewBatch()
	defer b.Reset()
	err = errors.Join(b.Begin(), b.Scan(nil, nil, false, func(key, value []byte) bool {
		rows = append(rows, string(key)+" "+string(value))
		return true
	}))
	const want = "b1 marked a1,b2 marked a2,b3 marked a3,b4 marked a4"
	if got := strings.Join(rows, ","); err != nil || got != want {
		t.Fatalf("rows %s (%v), want %s", got, err, want)
	}
	wantFormat(t, files, "workcell-store 3")
}

func wantReason(t *testing.T, err, want error) {
	t.Helper()
	var refused *OpenError
	if !errors.Is(err, want) || !errors.As(err, &refused) {
		t.Fatalf("opened with %v, want %v", err, want)
	}
}

func TestAnOldStoreIsBroughtUpToDate(t *testing.T) {
	files := vfs.NewMem()
	old(t, files)
	for range 2 {
		wantUpgraded(t, files)
	}
	_, err := Open("data", Options{FS: files, Logger: quiet})
	wantReason(t, err, ErrNewer)
}

func TestANewStoreNeedsNoUpgrade(t *testing.T) {
	files := vfs.NewMem()
	unwanted := []upgrade{{"never", func(storage.Engine) error { return errors.New("a new store was upgraded") }}}
	e, err := Open("data", Options{FS: files, Logger: quiet, upgrades: unwanted})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	wantFormat(t, files, "workcell-store 2")
}

func TestAnUpgradeThatFailsGoesOnAtTheNextStart(t *testing.T) {
	files, broken := vfs.NewMem(), errors.New("broken")
	old(t, files)
	failing := []upgrade{planted[0], {"fail", func(storage.Engine) error { return broken }}}
	if _, err := Open("data", Options{FS: files, Logger: quiet, upgrades: failing}); !errors.Is(err, broken) {
		t.Fatalf("opened with %v", err)
	}
	wantFormat(t, files, "workcell-store 3 upgrading 2")
	_, err := Open("data", Options{FS: files, Logger: quiet})
	wantReason(t, err, ErrNewer)
	_, err = Open("data", Options{FS: files, Logger: quiet, upgrades: planted[:1]})
	wantReason(t, err, ErrNewer)
	_, err = OpenReadOnly("data", Options{FS: files, Logger: quiet, upgrades: planted})
	wantReason(t, err, ErrOlder)
	wantUpgraded(t, files)
}

func TestAnUpgradeNeedsADiskThatTakesWrites(t *testing.T) {
	files := vfs.NewMem()
	old(t, files)
	disk := baddisk.New(files)
	disk.Fail(syscall.EROFS, "", baddisk.Changes)
	_, err := Open("data", Options{FS: disk, Logger: quiet, upgrades: planted})
	wantReason(t, err, ErrOlder)
	_, err = OpenReadOnly("data", Options{FS: files, Logger: quiet, upgrades: planted})
	wantReason(t, err, ErrOlder)
	disk.Before(nil)
	wantUpgraded(t, disk)
}

// The power fails at every operation on files of an upgrade. The next start finishes it.
func TestCrashDuringAnUpgrade(t *testing.T) {
	files := vfs.NewCrashableMem()
	old(t, files)
	var left []*vfs.MemFS
	disk, rng := baddisk.New(files), rand.New(rand.NewPCG(1, 1))
	crash := make(chan struct{}, 1) // one at a time
	disk.Before(func(baddisk.Op) error {
		crash <- struct{}{}
		left = append(left, files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng}))
		<-crash
		return nil
	})
	wantUpgraded(t, disk)
	disk.Before(nil)
	for _, files := range left {
		wantUpgraded(t, files)
	}
	if len(left) < 50 {
		t.Errorf("the power failed only %d times", len(left))
	}
}
