package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
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

// errNotItsName: the file of a module does not hold the bytes it is named after.
var errNotItsName = errors.New("this file of a handler is damaged: if the handler is in service, push another version of it; then remove the file")

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

// prepare makes an empty Partial, and what else is needed.
func (p *Plan) prepare() error {
	for _, old := range []string{p.Partial, p.staging.Modules, p.staging.Config} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	for dir := range p.dirs() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(p.Partial))
}

// dirs are the directories into which files are copied.
func (p *Plan) dirs() map[string]bool {
	dirs := map[string]bool{}
	for _, f := range p.Files {
		dirs[filepath.Dir(p.staging.path(f.Name))] = true
	}
	return dirs
}

// fill copies the files and writes the manifest of a backup behind them.
func (p *Plan) fill(ctx context.Context, c *copier) (Manifest, error) {
	m := p.manifest
	m.Files = make([]File, 0, len(p.Files))
	for _, f := range p.Files {
		bytes, digest, err := c.file(ctx, p.source.path(f.Name), p.staging.path(f.Name))
		if err != nil {
			return Manifest{}, fmt.Errorf("%s: %w", f.Name, err)
		}
		if bytes != f.Bytes || f.SHA256 != "" && digest != f.SHA256 {
			return Manifest{}, fmt.Errorf("%s: %w", f.Name, errChanged)
		}
		if isModule(f.Name) && !strings.HasPrefix(path.Base(f.Name), digest) {
			return Manifest{}, fmt.Errorf("%s: %w", f.Name, errNotItsName)
		}
		m.Files = append(m.Files, File{Name: f.Name, Bytes: bytes, SHA256: digest})
	}
	for dir := range p.dirs() {
		if err := syncDir(dir); err != nil {
			return Manifest{}, err
		}
	}
	if p.target != nil {
		return m, nil
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
	if p.target != nil {
		d := &DamagedError{Dir: p.Partial}
		err = errors.Join(d.check(ctx, c, p.staging, m), d.orNil())
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
	if p.target != nil {
		if err := p.publishBeside(); err != nil {
			return err
		}
	}
	if err := os.Remove(p.Into); err != nil && !errors.Is(err, fs.ErrNotExist) { // empty, or it stays
		return err
	}
	if err := os.Rename(p.Partial, p.Into); err != nil {
		return err
	}
	return syncDir(filepath.Dir(p.Into))
}
