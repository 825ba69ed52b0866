package lsm

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ballastFile takes up space that is given back when the disk is full, so that flushes and compactions can finish.
const ballastFile = "BALLAST"

// spaceInterval is how often the free space is looked at.
const spaceInterval = time.Second

// Space says when the store stops taking writes for want of space, and when it takes them again. What counts is what is
// left on the file system, whoever uses the rest.
type Space struct {
	// LowBytes is the free space below which writes are refused. It has to cover what comes in between two looks, and the
	// tables of all memtables. Default: 64 MiB and four memtables.
	LowBytes uint64
	// BallastBytes is the size of the ballast. Writes are taken again when LowBytes and twice the ballast are free: once to
	// fill it, once so that this does not begin anew at once. Default: four memtables.
	BallastBytes uint64
}

func (s Space) withDefaults(memtableMiB int) Space {
	if s.LowBytes == 0 {
		s.LowBytes = (64 + 4*uint64(memtableMiB)) << 20
	}
	if s.BallastBytes == 0 {
		s.BallastBytes = 4 * uint64(memtableMiB) << 20
	}
	return s
}

// space watches the free space of the file system and keeps the ballast. Safe for concurrent use.
type space struct {
	Space
	files     vfs.FS // not the one that calls full
	dir, path string // of the store, of the ballast
	condition *condition
	restart   func(error)
	free      atomic.Uint64 // at the last look; 0 if unknown

	mu        sync.Mutex // one look at a time
	restarted bool       // guarded by mu
}

func (s *space) init(e *Engine) {
	s.Space, s.files, s.dir, s.path = e.options.Space, e.files, e.dir, e.files.PathJoin(e.dir, ballastFile)
	s.condition = &e.condition
	s.restart = e.options.Restart
}

// look closes the store for writers if space is low, and opens it again when there is enough.
func (s *space) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := uint64(math.MaxUint64) // unless the system tells; whether the ballast fits is the only test then
	if usage, err := s.files.GetDiskUsage(s.dir); err == nil {
		free = usage.AvailBytes
		s.free.Store(free)
	}
	low, readOnly := s.condition.reason(lowSpace) != nil, s.condition.reason(openedReadOnly) != nil
	switch {
	case readOnly:
		if low && !s.restarted && free >= s.needed() && s.reserve() == nil {
			s.restarted = true
			s.restart(errors.New("there is space again: the next start opens the storage for writing"))
		}
	case !low && free < s.LowBytes:
		s.close(fmt.Errorf("%d MiB are free on the file system of %s, %d MiB are needed: free some space, nothing else is to be done",
			free>>20, s.dir, s.needed()>>20))
	case free >= s.needed() && s.reserve() == nil && low:
		s.condition.clear(lowSpace)
	}
}

// needed is the free space with which a store that was closed for writers opens again.
func (s *space) needed() uint64 { return s.LowBytes + 2*s.BallastBytes }

// full is told that the file system has refused a write for want of space. What it frees lets the write succeed.
func (s *space) full() {
	s.close(fmt.Errorf("the file system of %s is full: free some space, nothing else is to be done", s.dir))
}

func (s *space) close(why error) {
	s.condition.set(lowSpace, why)
	_ = s.files.Remove(s.path) // most often it is there; if it cannot be removed, the engine's own error will tell more
}

// reserve puts the ballast in place. That it can be is also the proof that the disk takes writes again.
func (s *space) reserve() error {
	if _, err := s.files.Stat(s.path); err == nil {
		return nil
	}
	file, err := s.files.Create(s.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	err = file.Preallocate(0, int64(s.BallastBytes))
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		err = nil // then there is only the room that LowBytes keeps
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, s.files.Remove(s.path))
	}
	return nil
}

// watch looks at the space now, and now and again until Close.
func (e *Engine) watch() {
	e.space.look()
	e.watching.Go(func() {
		ticker := time.NewTicker(spaceInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				e.space.look()
			case <-e.stop:
				return
			}
		}
	})
}
