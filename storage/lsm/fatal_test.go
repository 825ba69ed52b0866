package lsm_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"workcell/storage"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

// Where the engine can neither go on nor return an error, the process ends: in order, with an exit code of its own, and
// the next one finds what was acknowledged.
func TestFatalEndsTheProcess(t *testing.T) {
	for event := range fatalFaults {
		t.Run(event, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			child := exec.Command(os.Args[0], "-test.run=^TestFatalProcess$")
			child.Env = append(os.Environ(), "LSM_TEST_FATAL="+event, "LSM_TEST_DIR="+dir)
			out, err := child.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != lsm.FatalExitCode || !strings.Contains(string(out), "the process ends") {
				t.Fatalf("%v\n%s", err, out)
			}
			engine := open(t, dir, lsm.Options{Logger: silent})
			defer engine.Close()
			if got := get(t, engine, "a"); got != "1" {
				t.Errorf("a = %q after the end", got)
			}
		})
	}
}

var fatalFaults = map[string]func(*baddisk.Disk){
	"the manifest cannot be written": func(d *baddisk.Disk) { d.Fail(syscall.EIO, "MANIFEST", baddisk.Writes) },
	"the log cannot be ended":        func(d *baddisk.Disk) { d.Fail(syscall.EIO, ".log", baddisk.Writes) },
	"the log cannot be synced":       func(d *baddisk.Disk) { d.Fail(syscall.EIO, ".log", baddisk.Syncs) },
	"the directory cannot be synced": func(d *baddisk.Disk) {
		d.Before(func(op baddisk.Op) error {
			if op.Kind == errorfs.OpFileSync && filepath.Base(op.Path) == "data" {
				return syscall.EIO
			}
			return nil
		})
	},
	"the next log cannot be begun": func(d *baddisk.Disk) { d.Fail(syscall.EIO, ".log", baddisk.Creates) },
}

// TestFatalProcess is run by TestFatalEndsTheProcess in a process of its own.
func TestFatalProcess(t *testing.T) {
	event := os.Getenv("LSM_TEST_FATAL")
	if event == "" {
		return
	}
	disk := baddisk.New(vfs.Default)
	engine := open(t, os.Getenv("LSM_TEST_DIR"), lsm.Options{FS: disk})
	put(t, engine, "a", "1")
	fatalFaults[event](disk)
	_ = engine.Flush() // begins a log and writes a manifest
	t.Fatal("still alive")
}

func TestADamagedTableIsAnErrorOfTheRead(t *testing.T) {
	dir := filled(t)
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, table := range tables {
		data, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(data) / 2 {
			data[i] ^= 0x55
		}
		if err := os.WriteFile(table, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	engine := open(t, dir, lsm.Options{Logger: silent})
	defer engine.Close()
	b := engine.NewBatch()
	defer b.Reset()
	if err := b.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Get([]byte("a")); !errors.Is(err, storage.ErrCorrupt) {
		t.Fatalf("get = %v, want ErrCorrupt", err)
	}
	err = b.Scan(nil, nil, false, func(_, _ []byte) bool { return true })
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Fatalf("scan = %v, want ErrCorrupt", err)
	}
}
