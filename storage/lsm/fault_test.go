package lsm_test

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"workcell/storage"
	"workcell/storage/lsm"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// failing returns a memory file system whose writes and syncs of matching files fail once the toggle is on.
func failing(match string) (vfs.FS, *errorfs.Toggle) {
	toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			if strings.Contains(op.Path, match) {
				return syscall.EIO
			}
		}
		return nil
	})}
	return errorfs.Wrap(vfs.NewMem(), toggle), toggle
}

func TestAFailedLogIsAnErrorOfSync(t *testing.T) {
	files, toggle := failing(".log")
	engine := open(t, "data", lsm.Options{FS: files, Logger: silent})
	put(t, engine, "a", "1")
	b, later := engine.NewBatch(), engine.NewBatch()
	if err := errors.Join(b.Begin(), b.Put([]byte("a"), []byte("2"))); err != nil {
		t.Fatal(err)
	}
	toggle.On()
	if err := b.Apply(); err != nil {
		t.Fatalf("apply: %v", err)
	}
	if err := b.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("sync = %v, want EIO", err)
	}
	if got := get(t, engine, "a"); got != "2" {
		t.Fatalf("a = %q: a lost write stays visible", got)
	}
	toggle.Off()
	if err := errors.Join(later.Begin(), later.Put([]byte("b"), nil), later.Apply()); err != nil {
		t.Fatal(err)
	}
	if err := later.Sync(); err == nil {
		t.Fatal("a sync after a failed one must fail, even on a healed disk")
	}
	// The batch itself can be used again.
	if err := b.Begin(); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	later.Reset()
}

func TestFatalGetsTheReasonAndDoesNotReturn(t *testing.T) {
	files, toggle := failing("MANIFEST")
	reason := make(chan error, 1)
	engine := open(t, "data", lsm.Options{FS: files, Logger: silent, Fatal: func(err error) {
		reason <- err
		runtime.Goexit() // stands for the end of the process
	}})
	put(t, engine, "a", "1")
	toggle.On()
	go engine.Flush() // never returns: the test leaves the engine as it is
	if err := <-reason; !strings.Contains(err.Error(), "MANIFEST") {
		t.Fatalf("reason %v", err)
	}
}

// TestFatalProcess is run by TestFatalEndsTheProcess in a process of its own.
func TestFatalProcess(t *testing.T) {
	if os.Getenv("LSM_TEST_FATAL") == "" {
		return
	}
	files, toggle := failing("MANIFEST")
	engine := open(t, "data", lsm.Options{FS: files})
	put(t, engine, "a", "1")
	toggle.On()
	_ = engine.Flush()
	t.Fatal("still alive")
}

func TestFatalEndsTheProcess(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^TestFatalProcess$")
	child.Env = append(os.Environ(), "LSM_TEST_FATAL=1")
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "the process ends") {
		t.Fatalf("%v\n%s", err, out)
	}
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
