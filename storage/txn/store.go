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
	// Fatal is called once, by one of the goroutines in Wait, when a sync fails: the store takes no more transactions, and
	// only a restart can tell which commits survived. It may return. Default: nothing.
	Fatal func(error)

	RecentCommits  int // commits whose keys are kept to validate scans against; default 8192
	RecentKeyBytes int // bytes of such keys, all commits together; default 8 MiB
	IdleTxns       int // transactions kept for reuse; default 256
}

func (c Config) withDefaults() Config {
	if c.Fatal == nil {
		c.Fatal = func(error) {}
	}
	if c.RecentCommits <= 0 {
		c.RecentCommits = 8192
	}
	if c.RecentKeyBytes <= 0 {
		c.RecentKeyBytes = 8 << 20
	}
	if c.IdleTxns <= 0 {
		c.IdleTxns = 256
	}
	return c
}

// Store runs transactions on an engine. Safe for concurrent use. See the package comment for the algorithm.
type Store struct {
	engine  storage.Engine
	config  Config
	metaKey []byte // of the last-commit row

	mu     sync.Mutex // the commit mutex: validate, apply, publish
	slots  slots      // guarded by mu
	recent recent     // guarded by mu

	applied  atomic.Uint64 // last published commit; written with mu held
	applying atomic.Uint64 // applied, or applied+1 during an apply; written with mu held
	lastTime atomic.Int64  // ms, of the last commit; written with mu held

	durable durability
	pool    pool
	broken  atomic.Bool // a sync failed
	fatal   sync.Once   // config.Fatal
}

// Open reads where the engine's last run ended and returns a Store that owns the engine: Store.Close closes it. On an
// error the engine stays the caller's. A damaged last-commit row gives storage.ErrCorrupt.
func Open(engine storage.Engine, config Config) (*Store, error) {
	s := &Store{engine: engine, config: config.withDefaults(), metaKey: key.AppendMeta(nil, metaName)}
	s.pool.init(s.config.IdleTxns)
	last, err := s.readMeta()
	if err != nil {
		return nil, fmt.Errorf("open transaction store: %w", err)
	}
	s.applied.Store(uint64(last.sequence))
	s.applying.Store(uint64(last.sequence))
	s.lastTime.Store(last.timeMs)
	s.recent.init(s.config.RecentCommits, s.config.RecentKeyBytes, last.sequence)
	s.durable.init(last.sequence, &s.applying)
	return s, nil
}

// Sequence returns the last commit that is visible to a transaction begun now. It may not be durable yet.
func (s *Store) Sequence() storage.Sequence { return storage.Sequence(s.applied.Load()) }

// Durable returns the last commit that is known to be durable and whose hook, like those before it, has returned.
func (s *Store) Durable() storage.Sequence { return s.durable.mark() }

// LastTime returns the time of the last commit in Unix ms, and after Open that of the last run: a floor for the clock, so
// that time does not run backwards over a restart. It never decreases. 0 in a new store.
func (s *Store) LastTime() int64 { return s.lastTime.Load() }

// WaitDurable waits until the commits up to sequence are durable and their hooks have returned. A reader that may have
// seen a commit whose sync is still running waits here, with Txn.Visible, before it lets out what it has seen.
// A sequence that no commit has been given yet counts as the last one given. It returns storage.ErrUncertain if the sync
// failed, or the context's error.
func (s *Store) WaitDurable(ctx context.Context, sequence storage.Sequence) error {
	return s.durable.wait(ctx, sequence)
}

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

// Close refuses new transactions, waits for the running ones to be discarded, and closes the engine. Only the first call
// does anything.
func (s *Store) Close() error {
	if !s.pool.close() {
		return nil
	}
	return s.engine.Close()
}

// breakDown latches the store after the sync of the commit at failed went wrong.
func (s *Store) breakDown(failed storage.Sequence, err error) {
	s.broken.Store(true)
	s.durable.fail(failed)
	s.fatal.Do(func() { s.config.Fatal(err) })
}
