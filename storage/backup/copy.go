package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

const (
	// pieceBytes is read, written and waited for at once; syncBytes are synced at once, so that a sync of the server's log
	// never waits for more.
	pieceBytes = 128 << 10
	syncBytes  = 1 << 20
)

// copier copies files. One goroutine at a time.
type copier struct {
	pace   pace
	create func(path string) (target, error)
	link   func(from, to string) error // makes a second name of a file
	buf    []byte
	sum    hash.Hash
}

// target is a file that is written.
type target interface {
	io.Writer
	Sync() error
	Close() error
}

func newCopier(o Options) *copier {
	c := &copier{pace: pace{bytesPerSecond: o.BytesPerSecond}, create: o.create, link: os.Link, buf: make([]byte, pieceBytes), sum: sha256.New()}
	if c.create == nil {
		c.create = func(path string) (target, error) { return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) }
	}
	return c
}

// file copies a file to a new one, synced, and returns its size and digest.
func (c *copier) file(ctx context.Context, from, to string) (bytes int64, digest string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, "", err
	}
	defer in.Close()
	out, err := c.create(to)
	if err != nil {
		return 0, "", err
	}
	unsynced := 0
	bytes, digest, err = c.read(ctx, in, func(p []byte) error {
		if _, err := out.Write(p); err != nil {
			return err
		}
		if unsynced += len(p); unsynced < syncBytes {
			return nil
		}
		unsynced = 0
		return out.Sync()
	})
	if err == nil {
		err = out.Sync()
	}
	if f, ok := out.(*os.File); ok {
		forget(f)
	}
	return bytes, digest, errors.Join(err, out.Close())
}

// digest returns the size and digest of a file.
func (c *copier) digest(ctx context.Context, path string) (bytes int64, digest string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	return c.read(ctx, f, func([]byte) error { return nil })
}

// read reads a file to its end at the copier's pace and gives the pieces to take.
func (c *copier) read(ctx context.Context, f *os.File, take func(p []byte) error) (bytes int64, digest string, err error) {
	c.sum.Reset()
	for {
		n, err := f.Read(c.buf)
		c.sum.Write(c.buf[:n])
		bytes += int64(n)
		if n > 0 {
			if err := take(c.buf[:n]); err != nil {
				return bytes, "", err
			}
			if err := c.pace.wait(ctx, n); err != nil {
				return bytes, "", err
			}
		}
		if errors.Is(err, io.EOF) {
			return bytes, hex.EncodeToString(c.sum.Sum(nil)), nil
		}
		if err != nil {
			return bytes, "", err
		}
	}
}

// write writes a small file, synced.
func (c *copier) write(path string, content []byte) error {
	out, err := c.create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, bytes.NewReader(content))
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
