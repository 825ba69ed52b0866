package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// A watcher looks after the directory an operator puts modules in. What counts is what lies there under a name that ends
// with .wasm and does not begin with a dot, and is not what came in under that name last; its signature lies beside it. A
// file is left alone until it has not changed for a while: it may still be written.
type watcher struct {
	m      *Machine
	dir    string
	notify *fsnotify.Watcher   // nil: the system has none left, and the directory is looked at now and then
	seen   map[string]sighting // by file name
}

// sighting is what a file looked like.
type sighting struct {
	info      fs.FileInfo
	signature string    // that of its signature, in words
	when      time.Time // first
	done      bool      // it was dealt with
}

// How a directory is watched.
const (
	settleTime = 300 * time.Millisecond // without a change, before a file is read
	rescanTime = 5 * time.Second        // for what no notice was given of
)

// watch makes the directory and begins to watch it.
func (m *Machine) watch() (*watcher, error) {
	w := &watcher{m: m, dir: m.watched(), seen: map[string]sighting{}}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory for handlers: %w", err)
	}
	notify, err := fsnotify.NewWatcher()
	if err == nil {
		if err = notify.Add(w.dir); err != nil {
			_ = notify.Close() // nothing was watched
		} else {
			w.notify = notify
		}
	}
	if err != nil {
		m.config.Log.Warn("the directory for handlers is looked at every few seconds only", telemetry.Error, err)
	}
	return w, nil
}

// run looks until life ends.
func (w *watcher) run() {
	var events chan fsnotify.Event
	var failures chan error
	if w.notify != nil {
		defer w.notify.Close()
		events, failures = w.notify.Events, w.notify.Errors
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.m.life.Done():
			return
		case <-events:
			timer.Reset(0)
		case <-failures: // it has lost events: the next look finds what they were about
		case <-timer.C:
			wait := rescanTime
			if w.look(time.Now()) {
				wait = settleTime / 3
			}
			timer.Reset(wait)
		}
	}
}

// look looks at every file. It reports whether one is about to settle.
func (w *watcher) look(now time.Time) (unsettled bool) {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		w.m.config.Log.Warn("the directory for handlers cannot be read", telemetry.Error, err)
		return false
	}
	there := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".wasm") {
			continue
		}
		there[name] = true
		info, err := os.Stat(filepath.Join(w.dir, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		last, known := w.seen[name]
		if signature := w.signature(name); !known || !same(last.info, info) || last.signature != signature {
			last = sighting{info: info, signature: signature, when: now}
			w.seen[name] = last
		}
		switch {
		case last.done:
		case now.Sub(last.when) < settleTime:
			unsettled = true
		default:
			last.done = w.take(name, info)
			unsettled = unsettled || !last.done
			w.seen[name] = last
		}
	}
	for name := range w.seen {
		if !there[name] {
			delete(w.seen, name)
		}
	}
	return unsettled
}

// signature says what the signature of a file looks like.
func (w *watcher) signature(name string) string {
	info, err := os.Stat(filepath.Join(w.dir, name+SignatureSuffix))
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime())
}

// same reports whether a file was not written between two looks.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

var errChanged = errors.New("the file changed while it was read")

// take pushes a file. It reports whether the file was dealt with, well or badly.
func (w *watcher) take(name string, info fs.FileInfo) (done bool) {
	wasm, err := readStill(filepath.Join(w.dir, name), info, sandbox.MaxModuleBytes+1)
	if errors.Is(err, errChanged) || errors.Is(err, fs.ErrNotExist) {
		return false
	}
	var d catalog.Deployment
	if err == nil {
		var signature []byte
		if signature, err = readSome(filepath.Join(w.dir, name+SignatureSuffix), MaxSignatureBytes+1); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err == nil && w.m.cameLast(name, catalog.HashOf(wasm), signature) {
			return true
		}
		if err == nil {
			d, err = w.m.Push(w.m.life, Request{Wasm: wasm, Signature: signature, File: name, Door: DoorDirectory}, nil)
		}
	}
	if w.m.life.Err() != nil {
		return false
	}
	if err != nil {
		w.m.config.Log.Warn("a file in the directory for handlers is refused", telemetry.File, name, telemetry.Hash, d.Hash, telemetry.Error, err)
	}
	return true
}

// cameLast reports whether this is what came in last under a file name.
func (m *Machine) cameLast(file, hash string, signature []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	var last *catalog.Deployment
	for _, d := range m.deployments {
		if d.Door == DoorDirectory && d.File == file && (last == nil || d.ID > last.ID) {
			last = d
		}
	}
	return last != nil && last.Hash == hash && bytes.Equal(last.Signature, signature)
}

// readStill reads a file that must be the one of info, before and after.
func readStill(path string, info fs.FileInfo, limit int64) ([]byte, error) {
	content, err := readSome(path, limit)
	if err != nil {
		return nil, err
	}
	if after, err := os.Stat(path); err != nil || !same(info, after) || int64(len(content)) != min(after.Size(), limit) {
		return nil, errChanged
	}
	return content, nil
}

// readSome reads at most limit bytes of a file.
func readSome(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
