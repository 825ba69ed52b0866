package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"workcell/storage"
	"workcell/storage/key"
	"workcell/storage/txn"
)

// MaxEvents is how many events are kept.
const MaxEvents = 1000

// The kinds of row.
const (
	rowDeployment = 'd'
	rowEvent      = 'e'
	rowStored     = 's'
	rowPaused     = 'p'
)

// Catalog is the catalog of one store and one directory.
type Catalog struct {
	store *txn.Store
	dir   string
	now   func() time.Time
	last  atomic.Uint64 // number of the last event
}

// Open returns the catalog of a store, with the bytes of modules in dir, which it makes if need be.
func Open(store *txn.Store, dir string) (*Catalog, error) {
	c := &Catalog{store: store, dir: dir, now: time.Now}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	newest, err := c.History(1)
	if err != nil {
		return nil, err
	}
	if len(newest) > 0 {
		c.last.Store(newest[0].Number)
	}
	return c, nil
}

// Read returns what is in the catalog.
func (c *Catalog) Read() (*Contents, error) {
	contents := &Contents{Stored: map[string]Stored{}, Paused: map[string]bool{}}
	err := c.scan(rowDeployment, false, func(_, row []byte) (bool, error) {
		var d Deployment
		err := decode(row, &d)
		contents.Deployments = append(contents.Deployments, d)
		return true, err
	})
	err = errors.Join(err, c.scan(rowStored, false, func(id, row []byte) (bool, error) {
		versions := Stored{}
		err := decode(row, &versions)
		contents.Stored[string(id)] = versions
		return true, err
	}))
	err = errors.Join(err, c.scan(rowPaused, false, func(id, _ []byte) (bool, error) {
		contents.Paused[string(id)] = true
		return true, nil
	}))
	if err != nil {
		return nil, fmt.Errorf("read the catalog of handlers: %w", err)
	}
	return contents, nil
}

// History returns the newest events, the newest first.
func (c *Catalog) History(limit int) ([]Event, error) {
	var events []Event
	err := c.scan(rowEvent, true, func(_, row []byte) (bool, error) {
		if len(events) == limit {
			return false, nil
		}
		var e Event
		err := decode(row, &e)
		events = append(events, e)
		return true, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of handlers: %w", err)
	}
	return events, nil
}

// scan visits the rows of a kind, with what stands behind the kind in their keys. Both are views until visit returns.
func (c *Catalog) scan(kind byte, reverse bool, visit func(id, row []byte) (more bool, err error)) error {
	t, err := c.store.Begin()
	if err != nil {
		return err
	}
	defer t.Discard()
	lo := key.AppendCatalog(nil, kind, nil)
	var failed error
	err = t.Scan(lo, key.AppendEnd(nil, lo), reverse, func(k, row []byte) bool {
		var more bool
		more, failed = visit(k[len(lo):], row)
		return more && failed == nil
	})
	return errors.Join(err, failed)
}

// Change is what one step changes, all of it or nothing.
type Change struct {
	Put    []Deployment      // a new one has the next free ID
	Remove []ID              //
	Stored map[string]Stored // of a data set: replaces what there was
	Paused map[string]bool   // of a handler
	Events []Event           // get their number and time
}

// maxConflicts is how often a change is tried: housekeeping of the store conflicts with everything that runs beside it.
const maxConflicts = 20

// Apply makes a change, and returns when it is durable: with the events as they were numbered. After an error nothing was
// changed, but for storage.ErrUncertain.
func (c *Catalog) Apply(ctx context.Context, change Change) ([]Event, error) {
	for attempt := 1; ; attempt++ {
		events, err := c.apply(change)
		if err == nil {
			c.last.Add(uint64(len(events)))
			return events, nil
		}
		if !errors.Is(err, storage.ErrConflict) || attempt == maxConflicts {
			return nil, fmt.Errorf("change the catalog of handlers: %w", err)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Catalog) apply(change Change) ([]Event, error) {
	t, err := c.store.Begin()
	if err != nil {
		return nil, err
	}
	defer t.Discard()
	w := &writer{t: t}
	for i := range change.Put {
		w.put(rowDeployment, number(uint64(change.Put[i].ID)), &change.Put[i])
	}
	for _, id := range change.Remove {
		w.remove(rowDeployment, number(uint64(id)))
	}
	for set, versions := range change.Stored {
		w.put(rowStored, []byte(set), versions)
	}
	for handler, paused := range change.Paused {
		if paused {
			w.put(rowPaused, []byte(handler), true)
		} else {
			w.remove(rowPaused, []byte(handler))
		}
	}
	now, last := c.now(), c.last.Load()
	var events []Event
	for _, e := range change.Events {
		last++
		e.Number, e.Time = last, now
		w.put(rowEvent, number(last), e)
		if last > MaxEvents {
			w.remove(rowEvent, number(last-MaxEvents))
		}
		events = append(events, e)
	}
	if w.err != nil {
		return nil, w.err
	}
	if _, err := t.Commit(now.UnixMilli(), nil); err != nil {
		return nil, err
	}
	return events, t.Wait()
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// writer writes rows until the first error.
type writer struct {
	t   *txn.Txn
	err error
}

func (w *writer) put(kind byte, id []byte, value any) {
	row, err := encode(value)
	if w.err == nil {
		w.err = err
	}
	if w.err == nil {
		w.err = w.t.Put(key.AppendCatalog(nil, kind, id), row)
	}
}

func (w *writer) remove(kind byte, id []byte) {
	if w.err == nil {
		w.err = w.t.Delete(key.AppendCatalog(nil, kind, id))
	}
}
