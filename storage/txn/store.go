package txn

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"workcell/storage"
	"workcell/storage/key"
)

// Config of Open. Zero values mean the defaults.
type Config struct {
	// Fatal is called once, by the syncer, when a sync has failed and whoever waited was told: the store takes no more
	// transactions, and only a restart can tell which commits survived. It may return. Default: nothing.
	Fatal func(error)

	Pending        int // commits that wait for the disk; more have to wait before they are applied; default 1024
	RecentCommits  int // commits whose keys are kept to validate scans against; default 8192
	RecentKeyBytes int // bytes of such keys, all commits together; default 2 MiB
	IdleTxns       int // transactions kept for reuse; default 256
}

func (c Config) withDefaults() Config {
	if c.Fatal == nil {
		c.Fatal = func(error) {}
	}
	orDefault(&c.Pending, 1024)
	orDefault(&c.RecentCommits, 8192)
	orDefault(&c.RecentKeyBytes, 2<<20)
	orDefault(&c.IdleTxns, 256)
	return c
}

func orDefault(v *int, otherwise int) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Store runs transactions on an engine. Safe for concurrent use. See the package comment for the algorithm.
type Store struct {
	engine  storage.Engine
	config  Config
	metaKey []byte // of the last-commit row

	mu     sync.Mutex       // the commit mutex: validate, apply, publish
	slots  slots            // guarded by mu
	swept  storage.Sequence // the last commit that deleted a range; guarded by mu
	recent recent

	applied  atomic.Uint64 // last published commit; written with mu held
	applying atomic.Uint64 // applied, or applied+1 during an apply; written with mu held
	lastTime atomic.Int64  // ms, of the last commit; written with mu held
	durable  atomic.Uint64 // last commit that was synced; written by the syncer, before it tells of it

	pending pending
	pool    pool
	broken  atomic.Bool   // a sync failed
	stopped chan struct{} // closed when the syncer has ended
}

// Open reads where the engine's last run ended and returns a Store that owns the engine: Store.Close closes it. On an
// error the engine stays the caller's. A damaged last-commit row gives storage.ErrCorrupt.
func Open(engine storage.Engine, config Config) (*Store, error) {
	s := &Store{
		engine: engine, config: config.withDefaults(), metaKey: key.AppendMeta(nil, metaName), stopped: make(chan struct{}),
	}
	s.pool.init(s.config.IdleTxns)
	last, err := s.readMeta()
	if err != nil {
		return nil, fmt.Errorf("open transaction store: %w", err)
	}
	s.applied.Store(uint64(last.sequence))
	s.applying.Store(uint64(last.sequence))
	s.durable.Store(uint64(last.sequence))
	s.lastTime.Store(last.timeMs)
	s.recent.init(s.config.RecentCommits, s.config.RecentKeyBytes, last.sequence)
	s.pending.init(last.sequence, &s.applying, s.config.Pending)
	go s.sync() // ended by Close, which waits for it
	return s, nil
}

// Sequence returns the last commit that is visible to a transaction begun now. It may not be durable yet.
func (s *Store) Sequence() storage.Sequence { return storage.Sequence(s.applied.Load()) }

// Durable returns the last commit that is known to be durable. Whoever was told of a commit finds it here.
func (s *Store) Durable() storage.Sequence { return storage.Sequence(s.durable.Load()) }

// LastTime returns the time of the last commit in Unix ms, and after Open that of the last run: a floor for the clock, so
// that time does not run backwards over a restart. It never decreases. 0 in a new store.
func (s *Store) LastTime() int64 { return s.lastTime.Load() }

// WaitDurable waits until the commits up to sequence are durable and have been told of, and so have those who waited for
// them before. A sequence that no commit has been given yet counts as the last one given. It returns storage.ErrUncertain
// if the sync failed, or the context's error.
func (s *Store) WaitDurable(ctx context.Context, sequence storage.Sequence) error {
	done := make(signal, 1)
	s.pending.park(sequence, done)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

type signal chan error

// Durable implements Waiter.
func (s signal) Durable(_ storage.Sequence, err error) { s <- err }

// Probe reads one row, for readiness. The context is looked at before the read, not during it.
func (s *Store) Probe(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := s.Begin()
	if err != nil {
		return err
	}
	defer t.Discard()
	value, found, err := t.Get(s.metaKey)
	if err != nil || !found {
		return err
	}
	_, err = decodeMeta(value)
	return err
}

// Close refuses new transactions, waits for the running ones to be discarded and for their commits to be told of, and
// closes the engine. Only the first call does anything.
func (s *Store) Close() error {
	if !s.pool.close() {
		return nil
	}
	s.pending.close()
	<-s.stopped
	return s.engine.Close()
}
