package dispatch

import (
	"context"
	"errors"
	"time"

	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/ledger"
	"workcell/storage/txn"
)

// trimEvery is after how many commits the feed is trimmed: so much more than it is to keep it may hold.
const trimEvery = 8192

// Expire removes the idempotency records that are past their time, and the events that nobody can ask for any more. It is
// a job for the background.
func (d *Dispatcher) Expire(ctx context.Context) error {
	now := d.clock.read()
	err := d.sweep(ctx, now, func(t *txn.Txn) error {
		_, err := ledger.Expire(t, now)
		return err
	})
	return errors.Join(err, d.sweep(ctx, now, func(t *txn.Txn) error { return d.trim(t, now) }))
}

// sweep runs a range delete in a transaction of its own, until it does not conflict with another one.
func (d *Dispatcher) sweep(ctx context.Context, now int64, step func(t *txn.Txn) error) error {
	for ctx.Err() == nil {
		t, err := d.store.Begin()
		if err != nil {
			return err
		}
		if err = step(t); err == nil {
			_, err = t.Commit(now, nil)
		}
		t.Discard()
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
	return ctx.Err()
}

func (d *Dispatcher) trim(t *txn.Txn, now int64) error {
	_, err := feed.Trim(t, d.config.Feed, d.store.Sequence(), time.UnixMilli(now))
	return err
}

// trimIfDue trims the feed each trimEvery commits. Whoever comes by does it: it is one range delete, and so the feed stays
// bounded however fast it grows.
func (d *Dispatcher) trimIfDue(sequence storage.Sequence) {
	last := d.trimmed.Load()
	if uint64(sequence) < last+trimEvery || !d.trimmed.CompareAndSwap(last, uint64(sequence)) {
		return
	}
	now := d.clock.read()
	if err := d.sweep(context.Background(), now, func(t *txn.Txn) error { return d.trim(t, now) }); err != nil {
		d.log.Warn("the feed was not trimmed", telemetry.Error, err)
	}
}
