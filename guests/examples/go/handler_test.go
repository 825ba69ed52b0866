package main

import (
	"fmt"
	"testing"

	"workcell/abi"
	"workcell/guests/guest"
)

// The handler is plain Go: built natively, it runs against a stub of its host.
func TestNotesAreKeptAndAnnounced(t *testing.T) {
	host := guest.NewStub(module())
	for i := range keptNotes + 10 {
		if r := host.Call(routeAdd, []byte(fmt.Sprint("note ", i))); r.Refusal != nil || len(r.Events) != 1 || r.Events[0].Scopes[0] != topic {
			t.Fatalf("note %d: %+v", i, r)
		}
	}
	if got := len(host.Pairs(setNotes)) / 2; got != keptNotes {
		t.Errorf("%d notes are kept", got)
	}
	r := host.Call(routeWatch, nil)
	if want := "note 109\nnote 108\nnote 107\nnote 106\nnote 105\n"; string(r.Reply) != want || !host.Held[topic] {
		t.Errorf("%q, subscribed %t", r.Reply, host.Held[topic])
	}
}

func TestWhatIsNoNoteIsRefused(t *testing.T) {
	host := guest.NewStub(module())
	for _, note := range []string{"", "two\nlines", string(make([]byte, maxNoteBytes+1))} {
		r := host.Call(routeAdd, []byte(note))
		if r.Refusal == nil || r.Refusal.Code != abi.CodeValidation || r.Refusal.Field != "note" {
			t.Errorf("%q: %+v", note, r)
		}
	}
	if len(host.Pairs(setNotes)) > 0 {
		t.Error("something was stored")
	}
}
