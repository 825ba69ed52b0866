package feed

import (
	"fmt"

	"workcell/abi"
	"workcell/storage"
)

// MaxRows is how many commits one Read goes through at most.
const MaxRows = 1000

// Read visits the events of the commits with after < sequence <= upTo that are addressed to a wanted scope, each once, in
// the order of commits and within a commit in that of the call. It stops behind the commit with which limit events are
// reached, or after MaxRows commits: every wanted event up to through has been visited then, and a next Read goes on after
// it, in the same transaction or in a later one. through is upTo if there is nothing more.
//
// As with every read: what was visited may leave the process when all that r may have seen is durable. visit must not use
// r. A row that does not decode gives storage.ErrCorrupt.
func Read(r storage.Reader, after, upTo storage.Sequence, wants func(abi.Scope) bool, limit int, visit func(*Event)) (through storage.Sequence, err error) {
	if after >= upTo {
		return upTo, nil
	}
	var d decoder
	var failed error
	rows, events := 0, 0
	stopped := false
	err = r.Scan(feedKey(after+1), feedKey(upTo+1), false, func(k, value []byte) bool {
		if failed = d.open(k, value); failed != nil {
			return false
		}
		for {
			var ok bool
			if ok, failed = d.next(); failed != nil {
				return false
			}
			if !ok {
				break
			}
			if d.wanted(wants) {
				events++
				visit(&d.event)
			}
		}
		rows++
		stopped = rows >= MaxRows || events >= limit
		return !stopped
	})
	switch {
	case err != nil:
		return after, fmt.Errorf("read events after %d: %w", after, err)
	case failed != nil:
		return after, failed
	case stopped:
		return d.event.Sequence, nil
	}
	return upTo, nil
}

func (d *decoder) wanted(wants func(abi.Scope) bool) bool {
	for _, s := range d.event.Scopes {
		if wants(s) {
			return true
		}
	}
	return false
}
