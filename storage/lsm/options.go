package lsm

import (
	"log/slog"
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of Open. Zero values mean the defaults.
type Options struct {
	CacheMiB    int // block cache; default 32
	MemtableMiB int // one memtable, of which up to four may exist; default 16

	Space       Space
	OpenTimeout time.Duration // for replaying the log; default 2 minutes

	Logger *slog.Logger // default slog.Default()

	// Fatal is called when the engine can neither go on nor return an error. It must end the process: if it returns, the
	// engine panics. It may be called by any goroutine, with the engine's locks held, so it must not use the Engine.
	// Default: log the error and os.Exit(FatalExitCode).
	Fatal func(error)

	// Restart is called once if the store was opened read-only because the disk was full, and there is space again: the
	// next start opens it for writing. Default: nothing.
	Restart func(error)

	// FS is a hook for tests: an in-memory or failing file system. Default: the real one.
	FS vfs.FS

	upgrades []upgrade // a hook for tests; nil: the table
}

// FatalExitCode is the exit code of a process whose storage failed: EX_IOERR of sysexits.h. A supervisor should start it
// again, since only a start can tell what the disk has kept.
const FatalExitCode = 74

// defaultOpenTimeout is many times what it takes to replay the largest log on a slow card.
const defaultOpenTimeout = 2 * time.Minute

func (o Options) withDefaults() Options {
	if o.CacheMiB <= 0 {
		o.CacheMiB = 32
	}
	if o.MemtableMiB <= 0 {
		o.MemtableMiB = 16
	}
	o.Space = o.Space.withDefaults(o.MemtableMiB)
	if o.OpenTimeout <= 0 {
		o.OpenTimeout = defaultOpenTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Fatal == nil {
		logger := o.Logger
		o.Fatal = func(err error) {
			logger.Error("storage engine cannot go on, the process ends", "error", err)
			os.Exit(FatalExitCode)
		}
	}
	if o.Restart == nil {
		o.Restart = func(error) {}
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.upgrades == nil {
		o.upgrades = upgrades
	}
	return o
}

// bloomBitsPerKey gives about 1 % false positives.
const bloomBitsPerKey = 10

const (
	// blockBytes is four times the usual, because each block that is written costs an allocation. It is read whole.
	blockBytes = 16 << 10
	// indexBlockBytes is more than the index of a table takes, so that it is one block.
	indexBlockBytes = 256 << 10
)

// pebbleOptions are the tuned options; numbers as measured for short transactions on a small machine. The directory is
// locked already, so Pebble gets it without locks. It reports to e, and as long as a goes on, first to a.
func (e *Engine) pebbleOptions(a *attempt) *pebble.Options {
	p := &pebble.Options{
		FS: lockless{&e.disk},

		// Pinned, so that an upgrade of the library changes nothing on disk by itself. A change is a new FormatVersion.
		FormatMajorVersion: pebble.FormatValueSeparation,

		CacheSize:                   int64(e.options.CacheMiB+2*e.options.MemtableMiB) << 20, // Pebble takes the memtables out of it
		MemTableSize:                uint64(e.options.MemtableMiB) << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       64, // writers should feel back-pressure from the memtables first
		MaxOpenFiles:                256,
		BytesPerSync:                512 << 10,
		// WALMinSyncInterval stays 0: the log's own queue already groups waiting syncs.
	}
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
		p.Levels[i].BlockSize = blockBytes
		p.Levels[i].IndexBlockSize = indexBlockBytes
	}
	log := &logger{log: e.options.Logger, fatal: func(err error) {
		a.fail(err)
		e.fatal(err)
	}}
	p.Logger = log
	p.EventListener = &pebble.EventListener{
		// Without this, Pebble ends the process on the first damaged block that is read.
		DataCorruption: func(info pebble.DataCorruptionInfo) { log.Errorf("damaged data: %s", info) },
		FlushEnd:       func(info pebble.FlushInfo) { e.condition.flushed(info.Err) },
		BackgroundError: func(err error) {
			log.Errorf("background error: %s", err)
			a.fail(err)
			e.disk.failedAt.Store(time.Now().UnixNano())
			e.condition.backgroundError(err)
		},
	}
	return p
}
