// Package fsck reads a whole store and says what is wrong with it. It writes nothing.
//
// It looks at two levels. The storage level is the host's own: every key belongs to somebody, the last-commit row is
// there, idempotency records, events and rows about handlers decode; reading everything also has the engine compare its
// checksums. What guests store means something to guests alone, so the domain level is asked of the handlers: each one that
// takes abi.RouteCheck is called, in the sandbox, page by page.
//
// Below both is what the engine keeps and no reader of rows gets to see: versions that were overwritten or deleted, until a
// compaction drops them. CheckLevels has the engine look at that.
package fsck

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"workcell/abi"
	"workcell/host/errand"
	"workcell/storage"
	"workcell/storage/txn"
)

// MaxProblems is how many problems are listed; those beyond it are counted.
const MaxProblems = 1000

// Report is what was found.
type Report struct {
	Counts    []Count   `json:"counts"` // what was looked at
	Problems  []Problem `json:"problems"`
	Unlisted  int       `json:"problems_unlisted"` // beyond MaxProblems
	Unchecked []string  `json:"unchecked"`         // what nobody could check, for people
}

// Count is a number of things of one kind.
type Count struct {
	Where string `json:"where"` // Storage, or the name of a handler
	What  string `json:"what"`
	N     uint64 `json:"n"`
}

// Problem is something that is not as it must be.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"problem"`
}

// Storage is where the storage level finds things.
const Storage = "storage"

// Check reads all of store and asks the handlers, which must be those that use it. Damage is a problem in the report; the
// error says why the check could not be done, or not to its end.
func Check(ctx context.Context, store *txn.Store, handlers []*errand.Handler) (*Report, error) {
	r := newReport()
	if err := r.note(Storage, r.checkStorage(ctx, store, handlers)); err != nil {
		return r, err
	}
	for _, h := range handlers {
		if !h.Offers(abi.RouteCheck) {
			r.Unchecked = append(r.Unchecked, fmt.Sprintf("handler %s %s: it has no check", h.Manifest.Name, h.Manifest.Version))
			continue
		}
		if err := r.note(h.Manifest.Name, r.askHandler(ctx, h)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Engine is what keeps a store, and can check what rows do not show.
type Engine interface {
	// CheckLevels reads everything that is kept, and returns how many entries that is.
	CheckLevels() (entries uint64, err error)
}

// CheckLevels adds what the engine finds in its own files. The error says why it could not look.
func (r *Report) CheckLevels(engine Engine) error {
	entries, err := engine.CheckLevels()
	if err == nil {
		r.count(Storage, "entries of all levels, in order", entries)
	}
	return r.note(Storage, err)
}

// Unreadable is the report on a store that is too damaged to be opened.
func Unreadable(err error) *Report {
	r := newReport()
	r.add(Storage, err.Error())
	return r
}

func newReport() *Report {
	return &Report{Counts: []Count{}, Problems: []Problem{}, Unchecked: []string{}}
}

// Found returns how many problems there are, listed or not.
func (r *Report) Found() int { return len(r.Problems) + r.Unlisted }

// add adds a problem. What guests and damaged records say is made harmless for a terminal.
func (r *Report) add(where, what string) {
	if len(r.Problems) >= MaxProblems {
		r.Unlisted++
		return
	}
	r.Problems = append(r.Problems, Problem{Where: where, What: printable(what)})
}

// note turns damage into a problem and returns other errors.
func (r *Report) note(where string, err error) error {
	if !errors.Is(err, storage.ErrCorrupt) {
		return err
	}
	r.add(where, err.Error()+": what lies behind it was not checked")
	return nil
}

// count adds to the number of things of a kind.
func (r *Report) count(where, what string, n uint64) {
	for i := range r.Counts {
		if c := &r.Counts[i]; c.Where == where && c.What == what {
			c.N += n
			return
		}
	}
	r.Counts = append(r.Counts, Count{Where: where, What: what, N: n})
}

// printable replaces what a terminal would act upon.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
