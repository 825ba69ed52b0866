package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// DefaultBytesPerSecond is the pace of a backup beside a running server.
const DefaultBytesPerSecond = 32 << 20

// Options of Plan.Run.
type Options struct {
	// BytesPerSecond bounds how fast files are copied and read back, so that others get their share of the disk; 0: no bound.
	BytesPerSecond int64

	create func(path string) (target, error) // for tests
}

// errChanged: a file that was copied is not what it was when the plan was made.
var errChanged = errors.New("it changed after the plan was made")

// Run does what the plan says and returns the manifest of what was copied. If it fails, or ctx ends, at most Partial is
// left behind, and the next run replaces it. An end of ctx is told by its cause.
func (p *Plan) Run(ctx context.Context, o Options) (Manifest, error) {
	m, err := p.run(ctx, newCopier(o))
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("copy into %s: %w", p.Partial, err)
	}
	return m, nil
}

func (p *Plan) run(ctx context.Context, c *copier) (Manifest, error) {
	if err := p.Room(); err != nil {
		return Manifest{}, err
	}
	if err := p.prepare(); err != nil {
		return Manifest{}, err
	}
	m, err := p.fill(ctx, c)
	if err != nil {
		return Manifest{}, err
	}
	if err := p.readBack(ctx, c, m); err != nil {
		return Manifest{}, err
	}
	return m, p.publish()
}

// store is where the files of the store are copied to.
func (p *Plan) store() string {
	if p.restore {
		return p.Partial
	}
	return filepath.Join(p.Partial, storeName)
}

// prepare makes an empty Partial.
func (p *Plan) prepare() error {
	if err := os.RemoveAll(p.Partial); err != nil {
		return err
	}
	if err := os.MkdirAll(p.store(), 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(p.Partial))
}

// fill copies the files and writes the manifest of a backup behind them.
func (p *Plan) fill(ctx context.Context, c *copier) (Manifest, error) {
	m := p.manifest
	m.Files = make([]File, 0, len(p.Files))
	for _, f := range p.Files {
		bytes, digest, err := c.file(ctx, filepath.Join(p.From, f.Name), filepath.Join(p.store(), f.Name))
		if err != nil {
			return Manifest{}, fmt.Errorf("%s: %w", f.Name, err)
		}
		if bytes != f.Bytes || f.SHA256 != "" && digest != f.SHA256 {
			return Manifest{}, fmt.Errorf("%s: %w", f.Name, errChanged)
		}
		m.Files = append(m.Files, File{Name: f.Name, Bytes: bytes, SHA256: digest})
	}
	if err := syncDir(p.store()); err != nil || p.restore {
		return m, err
	}
	m.Created = time.Now().UTC().Truncate(time.Second)
	text := m.encode()
	if err := c.write(filepath.Join(p.Partial, manifestName), text); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	if err := syncDir(p.Partial); err != nil {
		return Manifest{}, err
	}
	return parseManifest(text)
}

// readBack reads from the medium what was written.
func (p *Plan) readBack(ctx context.Context, c *copier, m Manifest) (err error) {
	if p.restore {
		d := &DamagedError{Dir: p.Partial}
		err = errors.Join(d.checkStore(ctx, c, p.Partial, m), d.orNil())
	} else {
		_, err = verify(ctx, c, p.Partial)
	}
	if err != nil {
		return fmt.Errorf("read back what was written: %w\ncheck the disk it is on, or use another one", err)
	}
	return nil
}

// publish lets Into appear.
func (p *Plan) publish() error {
	if err := checkTarget(p.Into); err != nil {
		return err
	}
	if err := os.Remove(p.Into); err != nil && !errors.Is(err, fs.ErrNotExist) { // empty, or it stays
		return err
	}
	if err := os.Rename(p.Partial, p.Into); err != nil {
		return err
	}
	return syncDir(filepath.Dir(p.Into))
}
