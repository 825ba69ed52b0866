package fsck

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/errand"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/key"
	"workcell/storage/ledger"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// store returns a store with some of everything, and what else write does.
func store(t *testing.T, write func(w storage.Writer) error) *txn.Store {
	t.Helper()
	s, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	err = errors.Join(
		tx.Put(append(key.AppendDataSet(nil, "board"), "one"...), []byte("1")),
		tx.Put(append(key.AppendDataSet(nil, "board"), "two"...), []byte("2")),
	)
	var entry ledger.Entry
	entry.Begin([16]byte{1}, []byte("id"), 1, nil, 1_700_000_000_000)
	var events feed.Row
	events.Begin(1_700_000_000)
	events.Add([]abi.Scope{{Kind: abi.ScopeProject, ID: "x"}}, 40, []byte("payload"))
	err = errors.Join(err, entry.Record(tx, []byte("reply")), events.Append(tx))
	if err == nil && write != nil {
		err = write(tx)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// runner answers in a guest's place.
type runner func(c *sandbox.Call) (abi.Check, error)

func (r runner) Run(c *sandbox.Call, _ time.Duration) sandbox.Outcome {
	page, err := r(c)
	if err != nil {
		return sandbox.Outcome{Status: sandbox.Failed, Err: err}
	}
	c.Effects.Reply = abi.AppendCheck(nil, &page)
	return sandbox.Outcome{}
}

func handler(s *txn.Store, run errand.Runner) *errand.Handler {
	return &errand.Handler{
		Store: s, Runner: run,
		Manifest: &abi.Manifest{
			Name: "board", Version: "1.0.0", DataSets: []abi.DataSet{{Name: "board"}},
			Routes: []abi.Route{{ID: abi.RouteCheck, Name: "Check", Kind: abi.KindInternal}},
		},
	}
}

// fine is a handler without problems.
func fine(*sandbox.Call) (abi.Check, error) { return abi.Check{}, nil }

func check(t *testing.T, s *txn.Store, run errand.Runner) *Report {
	t.Helper()
	r, err := Check(t.Context(), s, []*errand.Handler{handler(s, run)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAStoreInOrder(t *testing.T) {
	r := check(t, store(t, nil), runner(fine))
	want := []Count{{Storage, "events of commits", 1}, {Storage, "idempotency records", 1}, {Storage, "records in data set board", 2}}
	if len(r.Counts) != 4 || r.Counts[0].N == 0 || !reflect.DeepEqual(r.Counts[1:], want) {
		t.Errorf("counts %v", r.Counts)
	}
	if r.Found() != 0 || len(r.Unchecked) != 0 {
		t.Errorf("found %v, unchecked %v", r.Problems, r.Unchecked)
	}
}

func TestAnEmptyStore(t *testing.T) {
	s, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r := check(t, s, runner(fine)); r.Found() != 0 {
		t.Errorf("found %v", r.Problems)
	}
}

func TestPagesAreAskedForUntilTheLast(t *testing.T) {
	s := store(t, nil)
	r := check(t, s, runner(func(c *sandbox.Call) (abi.Check, error) {
		page := abi.Check{Counts: []abi.Count{{Name: "items", N: 10}}}
		switch string(c.Input) {
		case "":
			page.Cursor = []byte("a")
		case "a":
			page.Cursor, page.Problems = []byte("b"), []string{"item 7 has no project"}
		case "b":
			page.Counts = append(page.Counts, abi.Count{Name: "projects", N: 1})
			page.Problems = []string{"\x1b[2Jproject\n1"}
		default:
			t.Errorf("asked for %q", c.Input)
		}
		return page, nil
	}))
	if got, want := r.Counts[len(r.Counts)-2:], []Count{{"board", "items", 30}, {"board", "projects", 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("counts %v", got)
	}
	want := []Problem{{"board", "item 7 has no project"}, {"board", "\uFFFD[2Jproject\uFFFD1"}}
	if !reflect.DeepEqual(r.Problems, want) {
		t.Errorf("problems %q", r.Problems)
	}
}

func TestOnlySoManyProblemsAreListed(t *testing.T) {
	pages := 0
	r := check(t, store(t, nil), runner(func(*sandbox.Call) (abi.Check, error) {
		page := abi.Check{}
		for range MaxProblems/2 + 1 {
			page.Problems = append(page.Problems, "a problem")
		}
		if pages++; pages < 2 {
			page.Cursor = []byte("next")
		}
		return page, nil
	}))
	if len(r.Problems) != MaxProblems || r.Unlisted != 2 || r.Found() != MaxProblems+2 {
		t.Errorf("%d listed, %d not", len(r.Problems), r.Unlisted)
	}
}

func TestAHandlerThatDoesNotComeToAnEnd(t *testing.T) {
	s := store(t, nil)
	pages := uint64(0)
	for name, run := range map[string]runner{
		"stays where it is": func(*sandbox.Call) (abi.Check, error) { return abi.Check{Cursor: []byte("again")}, nil },
		"goes on for ever": func(*sandbox.Call) (abi.Check, error) {
			pages++
			return abi.Check{Cursor: binary.AppendUvarint(nil, pages)}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Check(t.Context(), s, []*errand.Handler{handler(s, run)}); !errors.Is(err, errEndless) {
				t.Error(err)
			}
		})
	}
	if pages != MaxPages {
		t.Errorf("%d pages were asked for", pages)
	}
}

// answer answers with bytes that are no Check.
type answer []byte

func (a answer) Run(c *sandbox.Call, _ time.Duration) sandbox.Outcome {
	c.Effects.Reply = a
	return sandbox.Outcome{}
}

func TestHandlersThatCannotBeAsked(t *testing.T) {
	s := store(t, nil)
	trapped := errors.New("trapped")
	for name, test := range map[string]struct {
		run  errand.Runner
		want string
	}{
		"one that fails":          {runner(func(*sandbox.Call) (abi.Check, error) { return abi.Check{}, trapped }), "trapped"},
		"one that talks nonsense": {answer("x"), "its answer of 1 bytes to a check is not one"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Check(t.Context(), s, []*errand.Handler{handler(s, test.run)})
			if err == nil || !strings.Contains(err.Error(), test.want) || r.Found() != 0 {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	t.Run("one that has no check", func(t *testing.T) {
		h := handler(s, runner(fine))
		h.Manifest.Routes = nil
		r, err := Check(t.Context(), s, []*errand.Handler{h})
		if err != nil || r.Found() != 0 || !reflect.DeepEqual(r.Unchecked, []string{"handler board 1.0.0: it has no check"}) {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// What the engine finds to be damaged is a problem too, wherever it is met, and the rest is still looked at.
func TestDamageThatTheEngineFinds(t *testing.T) {
	damaged := fmt.Errorf("block 7: %w", storage.ErrCorrupt)
	r := check(t, store(t, nil), runner(func(*sandbox.Call) (abi.Check, error) { return abi.Check{}, damaged }))
	if len(r.Problems) != 1 || r.Problems[0].Where != "board" || !strings.Contains(r.Problems[0].What, "block 7") {
		t.Errorf("in a call: %v", r.Problems)
	}
	s, err := txn.Open(badBlock{storagetest.NewMemory(), damaged}, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	r = check(t, s, runner(func(*sandbox.Call) (abi.Check, error) { asked = true; return abi.Check{}, nil }))
	if len(r.Problems) != 1 || r.Problems[0].Where != Storage || !strings.Contains(r.Problems[0].What, "block 7") || !asked {
		t.Errorf("in a scan: %v, handler asked: %v", r.Problems, asked)
	}
}

// badBlock is an engine whose scans fail.
type badBlock struct {
	storage.Engine
	err error
}

func (e badBlock) NewBatch() storage.Batch { return badBatch{e.Engine.NewBatch(), e.err} }

type badBatch struct {
	storage.Batch
	err error
}

func (b badBatch) Scan(_, _ []byte, _ bool, _ func(k, v []byte) bool) error { return b.err }

func TestACheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	s := store(t, nil)
	if _, err := Check(ctx, s, []*errand.Handler{handler(s, runner(fine))}); !errors.Is(err, gone) {
		t.Error(err)
	}
}

// A check changes nothing.
func TestACheckWritesNothing(t *testing.T) {
	s := store(t, nil)
	before := s.Sequence()
	check(t, s, runner(func(c *sandbox.Call) (abi.Check, error) {
		if !c.ReadOnly || bytes.Equal(c.Seed[:], make([]byte, 32)) {
			t.Error("the call may write, or has no seed")
		}
		return abi.Check{}, nil
	}))
	if after := s.Sequence(); after != before {
		t.Errorf("commit %d became %d", before, after)
	}
}

func TestAStoreThatCannotBeOpened(t *testing.T) {
	r := Unreadable(errors.New("no manifest\n"))
	if r.Found() != 1 || r.Problems[0] != (Problem{Storage, "no manifest\uFFFD"}) {
		t.Errorf("found %v", r.Problems)
	}
}

// engine is an Engine in words.
type engine struct {
	entries uint64
	err     error
}

func (e engine) CheckLevels() (uint64, error) { return e.entries, e.err }

func TestWhatTheEngineFindsIsInTheReport(t *testing.T) {
	const what = "entries of all levels, in order"
	broken := errors.New("disk")
	for name, test := range map[string]struct {
		engine engine
		want   Report
		err    error
	}{
		"nothing": {engine{entries: 7}, Report{Counts: []Count{{Storage, what, 7}}}, nil},
		"damage": {engine{err: fmt.Errorf("%w: block\x1b", storage.ErrCorrupt)}, Report{Problems: []Problem{{
			Storage, storage.ErrCorrupt.Error() + ": block\uFFFD: what lies behind it was not checked",
		}}}, nil},
		"a disk that does not answer": {engine{err: broken}, Report{}, broken},
	} {
		t.Run(name, func(t *testing.T) {
			var r Report
			if err := r.CheckLevels(test.engine); !errors.Is(err, test.err) || !reflect.DeepEqual(r, test.want) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
