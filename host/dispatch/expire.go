package dispatch

import (
	"context"
	"errors"

	"workcell/storage"
	"workcell/storage/ledger"
)

// expireChunk is how many idempotency records one transaction removes.
const expireChunk = 500

// Expire removes the idempotency records that are past their time, in small transactions beside the calls.
func (d *Dispatcher) Expire(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := d.expireSome()
		if err != nil && !errors.Is(err, storage.ErrConflict) {
			return err
		}
		if err == nil && !more {
			return nil
		}
	}
	return ctx.Err()
}

func (d *Dispatcher) expireSome() (more bool, err error) {
	t, err := d.store.Begin()
	if err != nil {
		return false, err
	}
	defer t.Discard()
	now := d.clock.read()
	_, more, err = ledger.Expire(t, now, expireChunk)
	if err != nil {
		return false, err
	}
	if _, err := t.Commit(now, nil); err != nil {
		return false, err
	}
	return more, t.Wait()
}
