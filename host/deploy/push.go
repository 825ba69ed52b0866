package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"workcell/host/sandbox"
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
	if err := checkBytes(r.Wasm); err != nil {
		return catalog.Deployment{}, err
	}
	if hash := catalog.HashOf(r.Wasm); r.Hash != "" && !strings.EqualFold(r.Hash, hash) {
		return catalog.Deployment{}, refuse(nil, "this is another file, or one that was not copied completely: look where it comes from",
			"its SHA-256 is %s, not %s", hash, r.Hash)
	}
	if err := checkTrial(r.Trial); err != nil {
		return catalog.Deployment{}, err
	}
	leave, err := m.enter(ctx)
	if err != nil {
		return catalog.Deployment{}, err
	}
	defer leave()
	if d, ok := m.inPlace(catalog.HashOf(r.Wasm)); ok {
		return d, nil
	}
	d, err := m.stage(ctx, &r)
	if err != nil {
		return catalog.Deployment{}, err
	}
	w := &way{m: m, d: d, wasm: r.Wasm, progress: progress}
	return w.travel()
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

// stage makes the bytes and the first record durable.
func (m *Machine) stage(ctx context.Context, r *Request) (catalog.Deployment, error) {
	hash, err := m.config.Catalog.Store(r.Wasm)
	if err != nil {
		return catalog.Deployment{}, err
	}
	reached("stored")
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(r.Signature) > MaxSignatureBytes {
		r.Signature = r.Signature[:MaxSignatureBytes+1] // too much to be one
	}
	d := catalog.Deployment{
		ID: m.next, Hash: hash, State: catalog.Staged, Door: r.Door, File: r.File, Signature: r.Signature,
		TakeOver: r.TakeOver, Trial: r.Trial, Attempts: 1, Came: time.Now(),
	}
	if err := m.move(ctx, catalog.Change{}, step{d: d}); err != nil {
		return catalog.Deployment{}, err
	}
	m.next++
	reached("staged")
	return d, nil
}

// way is a module on its way from staged to active.
type way struct {
	m        *Machine
	d        catalog.Deployment
	wasm     []byte
	progress func(catalog.Deployment)
	module   *sandbox.Module // from compiled on, until it is in service
}

// travel goes the whole way. Whoever calls it has a place in pushing.
func (w *way) travel() (catalog.Deployment, error) {
	w.show()
	for _, next := range []struct {
		state catalog.State
		do    func() error
	}{
		{catalog.Verified, w.verify},
		{catalog.Compiled, w.compile},
		{catalog.Imaged, w.image},
		{catalog.SelfTested, w.selfTest},
	} {
		err := next.do()
		if err == nil {
			err = w.arrive(next.state)
		}
		if err != nil {
			return w.fail(next.state, err)
		}
	}
	state := catalog.Active
	if w.d.Trial != nil {
		state = catalog.OnTrial
	}
	v := w.m.open(w.d.ID, w.module)
	var err error
	if state == catalog.OnTrial {
		err = w.m.try(v)
	} else {
		err = w.m.activate(v, "")
	}
	if err != nil {
		return w.fail(state, err)
	}
	w.d, _ = w.m.deployment(w.d.ID)
	w.show()
	w.m.tidy()
	return w.d, nil
}

func (w *way) show() {
	if w.progress != nil {
		w.progress(w.d)
	}
}

func (w *way) verify() error {
	signer, err := w.m.config.Keys.Verify(w.wasm, w.d.Signature)
	if err != nil {
		return err
	}
	w.d.Signer = signer
	_, err = Examine(w.wasm, w.m.config.Functions, w.m.config.MaxPages)
	return err
}

func (w *way) compile() (err error) {
	w.module, err = w.m.config.Engine.Compile(w.m.life, w.wasm)
	return err
}

func (w *way) image() error {
	if err := w.module.Open(w.m.life); err != nil {
		return err
	}
	w.d.Name, w.d.Version = w.module.Manifest().Name, w.module.Manifest().Version
	return nil
}

func (w *way) selfTest() error {
	if err := w.module.SelfTest(w.m.life); err != nil {
		return err
	}
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	return w.m.fits(w.module, w.d.TakeOver)
}

// fits reports why a module cannot be in service beside what is. Call with mu held.
func (m *Machine) fits(module *sandbox.Module, takeOver bool) error {
	manifest := module.Manifest()
	others, _ := m.claims(manifest.Name)
	if err := checkClaim(claim{manifest: manifest, takeOver: takeOver}, others); err != nil {
		return err
	}
	return checkRecords(manifest, m.stored)
}

// arrive makes a state durable.
func (w *way) arrive(state catalog.State) error {
	from := w.d.State
	w.d.State = state
	w.m.mu.Lock()
	err := w.m.move(w.m.life, catalog.Change{}, step{d: w.d, from: from})
	w.m.mu.Unlock()
	if err != nil {
		w.d.State = from
		return err
	}
	reached(string(state))
	w.show()
	return nil
}

// hints say what to do about an error that does not say it itself.
var hints = map[catalog.State]string{
	catalog.Compiled:   "build it again, or with another compiler; its imports and exports must have the types of the interface",
	catalog.Imaged:     "run it with `workcell handler verify` until it starts and describes itself",
	catalog.SelfTested: "see what it says of itself above, and run it with `workcell handler verify`",
}

// fail ends the way of a module that is refused, or leaves it for the next start if the process is about to end.
func (w *way) fail(before catalog.State, cause error) (catalog.Deployment, error) {
	if w.module != nil {
		cause = errors.Join(cause, w.module.Close(context.Background()))
	}
	if w.m.life.Err() != nil {
		return w.d, errEnding
	}
	refusal, known := errors.AsType[*Refusal](cause)
	if !known {
		hint := hints[before]
		if !errors.Is(cause, sandbox.ErrModule) && !errors.Is(cause, sandbox.ErrSelfTest) {
			hint = "this is no fault of the module: see the server's log, and try again"
		}
		refusal = &Refusal{Problem: cause.Error(), Hint: hint, Cause: cause}
	}
	refusal.Before = before
	from := w.d.State
	w.d.State = catalog.Rejected
	w.m.mu.Lock()
	err := w.m.move(context.Background(), catalog.Change{}, step{d: w.d, from: from, reason: cut(refusal.Error())})
	w.m.mu.Unlock()
	if err != nil {
		return w.d, fmt.Errorf("%w; and the refusal is not recorded: %w", refusal, err)
	}
	w.d.Reason = cut(refusal.Error())
	reached(string(catalog.Rejected))
	w.m.tidy()
	return w.d, refusal
}

// maxReasonBytes is the longest reason that is kept.
const maxReasonBytes = 4 << 10

func cut(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxReasonBytes)], "")
}
