package lsm

import (
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of Open. Zero values mean the defaults.
type Options struct {
	CacheMiB    int // block cache; default 32
	MemtableMiB int // one memtable, of which up to four may exist; default 16

	Logger *slog.Logger // default slog.Default()

	// Fatal is called when the engine can neither go on nor return an error. It must end the process: if it returns, the
	// engine panics. It may be called by any goroutine, with the engine's locks held, so it must not use the Engine.
	// Default: log the error and os.Exit(1).
	Fatal func(error)

	// FS is a hook for tests: an in-memory or failing file system. Default: the real one.
	FS vfs.FS
}

func (o Options) withDefaults() Options {
	if o.CacheMiB <= 0 {
		o.CacheMiB = 32
	}
	if o.MemtableMiB <= 0 {
		o.MemtableMiB = 16
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Fatal == nil {
		logger := o.Logger
		o.Fatal = func(err error) {
			logger.Error("storage engine cannot go on, the process ends", "error", err)
			os.Exit(1)
		}
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	return o
}

// bloomBitsPerKey gives about 1 % false positives.
const bloomBitsPerKey = 10

// pebbleOptions are the tuned options; numbers as measured for short transactions on a small machine.
func (o Options) pebbleOptions(fresh bool, lock *pebble.Lock) *pebble.Options {
	log := &logger{log: o.Logger, fatal: o.Fatal}
	p := &pebble.Options{
		Logger: log,
		FS:     o.FS,
		Lock:   lock,

		// Pinned, so that an upgrade of the library changes nothing on disk by itself. A change is a new FormatVersion.
		FormatMajorVersion: pebble.FormatValueSeparation,
		ErrorIfNotExists:   !fresh,

		CacheSize:                   int64(o.CacheMiB) << 20,
		MemTableSize:                uint64(o.MemtableMiB) << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       64, // writers should feel back-pressure from the memtables first
		MaxOpenFiles:                256,
		BytesPerSync:                512 << 10,
		// WALMinSyncInterval stays 0: the log's own queue already groups waiting syncs.
	}
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	p.EventListener = &pebble.EventListener{
		// Without this, Pebble ends the process on the first damaged block that is read.
		DataCorruption: func(info pebble.DataCorruptionInfo) { log.Errorf("damaged data: %s", info) },
	}
	return p
}
