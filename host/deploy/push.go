package deploy

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"workcell/storage"
	"workcell/storage/catalog"
)

// Request asks for a module to be brought into service.
type Request struct {
	Wasm      []byte // borrowed until return
	Signature []byte // the text of a minisign signature file; may be nil
	File      string // name of the file it came in
	Door      string
	Hash      string         // what the SHA-256 of Wasm must be; empty: anything
	TakeOver  bool           // it may take routes of built-in handlers
	Trial     *catalog.Trial // nil: none
}

// The doors.
const (
	DoorPush      = "push"
	DoorDirectory = "directory"
)

// maxAttempts is how often the way of a module is begun: the second time after the process was killed on the first.
const maxAttempts = 2

// Push brings a module into service, and returns when it is active, on trial, or refused. progress is told of each state it
// has reached, and may be nil. Once the module is staged its way does not depend on ctx any more. An error that is a *Refusal
// says what to do; the version that runs was not touched.
func (m *Machine) Push(ctx context.Context, r Request, progress func(catalog.Deployment)) (catalog.Deployment, error) {
	if err := r.check(); err != nil {
		return catalog.Deployment{}, err
	}
	leave, err := m.enter(ctx)
	if err != nil {
		return catalog.Deployment{}, err
	}
	defer leave()
	if d, ok := m.inPlace(catalog.HashOf(r.Wasm)); ok {
		return m.resign(ctx, d, &r)
	}
	d, err := m.stage(ctx, &r)
	if err != nil {
		return catalog.Deployment{}, err
	}
	w := &way{m: m, d: d, wasm: r.Wasm, progress: progress}
	return w.travel()
}

// check looks at what can be told before anything is recorded.
func (r *Request) check() error {
	if err := checkBytes(r.Wasm); err != nil {
		return err
	}
	if hash := catalog.HashOf(r.Wasm); r.Hash != "" && !strings.EqualFold(r.Hash, hash) {
		return refuse(nil, "this is another file, or one that was not copied completely: look where it comes from",
			"its SHA-256 is %s, not %s", hash, r.Hash)
	}
	if len(r.Signature) > MaxSignatureBytes {
		r.Signature = r.Signature[:MaxSignatureBytes+1] // too much to be one
	}
	return checkTrial(r.Trial)
}

// enter waits for the one place of pushing. Whoever gets it leaves it.
func (m *Machine) enter(ctx context.Context) (leave func(), err error) {
	select {
	case m.pushing <- struct{}{}:
		return func() { <-m.pushing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-m.life.Done():
		return nil, errEnding
	}
}

// errEnding is the error of what is asked for too late.
var errEnding = errors.New("the server is shutting down: it will go on when it is started again")

// inPlace returns the deployment of a module that is in service already, or on trial.
func (m *Machine) inPlace(hash string) (catalog.Deployment, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.deployments {
		if d.Hash == hash && (d.State == catalog.Active || d.State == catalog.OnTrial) {
			return *d, true
		}
	}
	return catalog.Deployment{}, false
}

// resign keeps the signature that came along with what is in place, if it is another: so a key is exchanged without a new
// version. What lies in the directory may be older than what was pushed, and replaces no signature.
func (m *Machine) resign(ctx context.Context, d catalog.Deployment, r *Request) (catalog.Deployment, error) {
	if len(r.Signature) == 0 || bytes.Equal(r.Signature, d.Signature) || r.Door == DoorDirectory && len(d.Signature) > 0 {
		return d, nil
	}
	signer, err := m.config.Keys.Verify(r.Wasm, r.Signature)
	if err != nil {
		return catalog.Deployment{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if current := m.deployments[d.ID]; current != nil {
		d = *current // it may have become active, or have been taken out
	}
	d.Signature, d.Signer = r.Signature, signer
	if err := m.move(ctx, catalog.Change{}, step{d: d, from: d.State, reason: "signed anew"}); err != nil {
		return catalog.Deployment{}, err
	}
	if v := m.loaded[d.ID]; v != nil {
		v.signer = signer
	}
	return d, nil
}

// stage makes the bytes and the first record durable.
func (m *Machine) stage(ctx context.Context, r *Request) (catalog.Deployment, error) {
	hash, err := m.config.Catalog.Store(r.Wasm)
	if err != nil {
		return catalog.Deployment{}, err
	}
	reached("stored")
	m.mu.Lock()
	defer m.mu.Unlock()
	d := catalog.Deployment{
		ID: m.next, Hash: hash, State: catalog.Staged, Door: r.Door, File: r.File, Signature: r.Signature,
		TakeOver: r.TakeOver, Trial: r.Trial, Attempts: 1, Came: time.Now(),
	}
	if err := m.move(ctx, catalog.Change{}, step{d: d}); err != nil {
		if errors.Is(err, storage.ErrReadOnly) { // most likely for want of space: do not take more of it
			err = errors.Join(err, m.sweep())
		}
		return catalog.Deployment{}, err
	}
	m.next++
	reached("staged")
	return d, nil
}
