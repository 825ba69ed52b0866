package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// way is a module on its way from staged to active.
type way struct {
	m        *Machine
	d        catalog.Deployment
	wasm     []byte
	progress func(catalog.Deployment)
	module   *sandbox.Module // from compiled on, until it is in service
}

// check is what a module must pass to reach a state.
type check struct {
	state catalog.State
	do    func() error
}

// checks are all of them, in order.
func (w *way) checks() []check {
	return []check{
		{catalog.Verified, w.verify},
		{catalog.Compiled, w.compile},
		{catalog.Imaged, w.image},
		{catalog.SelfTested, w.selfTest},
	}
}

// travel goes the whole way. Whoever calls it has a place in pushing.
func (w *way) travel() (catalog.Deployment, error) {
	w.show()
	for _, next := range w.checks() {
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
	v := w.m.open(w.d.ID, w.module, w.d.Signer)
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

// refusalBefore makes a Refusal of why a state was not reached.
func refusalBefore(state catalog.State, cause error) *Refusal {
	refusal, known := errors.AsType[*Refusal](cause)
	if !known {
		hint := hints[state]
		if !errors.Is(cause, sandbox.ErrModule) && !errors.Is(cause, sandbox.ErrSelfTest) {
			hint = "this is no fault of the module: see the server's log, and try again"
		}
		refusal = &Refusal{Problem: cause.Error(), Hint: hint, Cause: cause}
	}
	refusal.Before = state
	return refusal
}

// fail ends the way of a module that is refused, or leaves it for the next start if the process is about to end.
func (w *way) fail(before catalog.State, cause error) (catalog.Deployment, error) {
	if w.module != nil {
		cause = errors.Join(cause, w.module.Close(context.Background()))
	}
	if w.m.life.Err() != nil {
		return w.d, errEnding
	}
	refusal := refusalBefore(before, cause)
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
