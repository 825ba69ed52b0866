package sandbox

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tetratelabs/wazero"
)

// codeCache keeps compiled code in a directory between starts. The engine's own check covers the machine code alone: what
// else is damaged in a file makes it run other code or end the process, and a file under another's name is run. So every
// file is sealed with a digest of its name and content when it was written, and a file whose seal is broken, or that has
// none, is removed before the engine sees it.
//
//	<dir>/wazero-v1.12.0-amd64-linux/<key>        written by the engine
//	<dir>/wazero-v1.12.0-amd64-linux/<key>.seal   SHA-256 of key and content
//
// A seal is no signature: who may write to the directory may run code in this process.
type codeCache struct {
	wazero.CompilationCache
	dir string

	mu     sync.Mutex
	sealed map[string]bool // paths, guarded by mu
}

const sealSuffix = ".seal"

// openCache opens the cache in dir, which it makes if need be, and removes all that is not sealed.
func openCache(dir string) (*codeCache, error) {
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open code cache %s: %w", dir, err)
	}
	c := &codeCache{CompilationCache: cache, dir: dir, sealed: map[string]bool{}}
	if err := c.sweep(); err != nil {
		return nil, fmt.Errorf("check code cache: %w: remove the directory %s", err, dir)
	}
	return c, nil
}

// each calls f for every entry that the engine may read, and every seal.
func (c *codeCache) each(f func(path string) error) error {
	paths, err := filepath.Glob(filepath.Join(c.dir, "wazero-*", "*"))
	for _, path := range paths {
		err = errors.Join(err, f(path))
	}
	return err
}

func (c *codeCache) sweep() error {
	return c.each(func(path string) error {
		if filepath.Ext(path) == sealSuffix {
			if _, err := os.Lstat(path[:len(path)-len(sealSuffix)]); !errors.Is(err, fs.ErrNotExist) {
				return nil
			}
		} else if seal, err := digest(path); err == nil {
			if kept, err := os.ReadFile(path + sealSuffix); err == nil && bytes.Equal(kept, seal) {
				c.sealed[path] = true
				return nil
			}
		}
		return os.RemoveAll(path)
	})
}

// seal seals what the engine has written since. What cannot be sealed is compiled again at the next start.
func (c *codeCache) seal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.each(func(path string) error {
		if c.sealed[path] || filepath.Ext(path) != "" { // a seal, or a file that is being written
			return nil
		}
		seal, err := digest(path)
		if err != nil {
			return err
		}
		c.sealed[path] = true
		return os.WriteFile(path+sealSuffix, seal, 0o600)
	})
}

// digest returns the seal of a file.
func digest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", filepath.Base(path))
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
