package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const suffix = ".wasm"

// ErrDamaged is the error of a file whose bytes are not those of its name.
var ErrDamaged = errors.New("the file of a handler is damaged")

func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of handlers: %w", err)
	}
	return syncDir(filepath.Dir(dir))
}

// HashOf returns the name by which a module is known.
func HashOf(wasm []byte) string {
	sum := sha256.Sum256(wasm)
	return hex.EncodeToString(sum[:])
}

func (c *Catalog) path(hash string) string { return filepath.Join(c.dir, hash+suffix) }

// Store makes the bytes of a module durable and returns their hash. Storing them again changes nothing.
func (c *Catalog) Store(wasm []byte) (hash string, err error) {
	hash = HashOf(wasm)
	if _, err := c.Load(hash); err == nil {
		return hash, nil
	}
	f, err := os.CreateTemp(c.dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("store a handler: %w", err)
	}
	_, err = f.Write(wasm)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.path(hash))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // Sweep does it otherwise
		return "", fmt.Errorf("store a handler: %w", err)
	}
	return hash, syncDir(c.dir)
}

// Load returns the bytes of a module. The error is ErrDamaged if the file holds others, and fs.ErrNotExist if it is gone.
func (c *Catalog) Load(hash string) ([]byte, error) {
	wasm, err := os.ReadFile(c.path(hash))
	if err != nil {
		return nil, fmt.Errorf("load a handler: %w", err)
	}
	if HashOf(wasm) != hash {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, c.path(hash))
	}
	return wasm, nil
}

// Sweep removes every file of the directory but the modules in keep.
func (c *Catalog) Sweep(keep map[string]bool) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("sweep the directory of handlers: %w", err)
	}
	for _, e := range entries {
		if hash, ok := strings.CutSuffix(e.Name(), suffix); ok && keep[hash] || e.IsDir() {
			continue
		}
		if err := os.Remove(filepath.Join(c.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep the directory of handlers: %w", err)
		}
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
