package main

import (
	"os"
	"sync"
	"syscall"
)

// bare is what the disk alone can do: the bytes of transactions are appended to a file that has its size already, and one
// fdatasync makes durable all that came meanwhile.
type bare struct {
	file *os.File

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte // guarded by mu, as are all below
	group   uint64 // of what is waiting
	durable uint64 // groups
	closed  bool
	failed  error
	stopped chan struct{}
}

const bareBytes = 256 << 20

func openBare(path string, _ int) (store, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Fallocate(int(file.Fd()), 0, 0, bareBytes); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	b := &bare{file: file, stopped: make(chan struct{})}
	b.changed.L = &b.mu
	go b.run() // ended by close, which waits for it
	return b, nil
}

func (b *bare) run() {
	defer close(b.stopped)
	var group []byte
	offset := int64(0)
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for len(b.waiting) == 0 && !b.closed {
			b.changed.Wait()
		}
		if len(b.waiting) == 0 {
			return
		}
		group, b.waiting = b.waiting, group[:0]
		b.group++
		b.mu.Unlock()
		if offset+int64(len(group)) > bareBytes {
			offset = 0
		}
		_, err := b.file.WriteAt(group, offset)
		offset += int64(len(group))
		if err == nil {
			err = syscall.Fdatasync(int(b.file.Fd()))
		}
		b.mu.Lock()
		b.durable++
		if err != nil {
			b.failed = err
		}
		b.changed.Broadcast()
	}
}

func (b *bare) do(w *work) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range [...][]byte{
		w.record, w.recordValue, w.index, w.indexValue, w.history, w.historyValue, w.message, w.messageValue,
	} {
		b.waiting = append(b.waiting, part...)
	}
	group := b.group
	b.changed.Broadcast()
	for b.durable <= group {
		b.changed.Wait()
	}
	return b.failed
}

func (b *bare) close() error {
	b.mu.Lock()
	b.closed = true
	b.changed.Broadcast()
	b.mu.Unlock()
	<-b.stopped
	return b.file.Close()
}
