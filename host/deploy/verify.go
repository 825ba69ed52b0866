package deploy

import (
	"context"

	"workcell/abi"
	"workcell/storage/catalog"
)

// Verified is what a server says of a module that it would take.
type Verified struct {
	Manifest *abi.Manifest `json:"manifest"`
	Signer   string        `json:"signer,omitempty"` // id of the key; empty: none is asked for
}

// Verify does with a module all that Push does before it puts it into service, beside what runs and what is stored, and
// leaves nothing behind but what the cache keeps of the compiled code. An error that is a *Refusal says what to do. A trial
// is not looked at.
func (m *Machine) Verify(ctx context.Context, r Request) (*Verified, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	leave, err := m.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	w := &way{m: m, d: catalog.Deployment{Signature: r.Signature, TakeOver: r.TakeOver}, wasm: r.Wasm}
	defer func() {
		if w.module != nil {
			_ = w.module.Close(context.Background()) // no call came to it
		}
	}()
	for _, next := range w.checks() {
		if err := next.do(); err != nil {
			if m.life.Err() != nil {
				return nil, errEnding
			}
			return nil, refusalBefore(next.state, err)
		}
	}
	return &Verified{Manifest: w.module.Manifest(), Signer: w.d.Signer}, nil
}
