package conformance

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"workcell/abi"
)

// Target is a host with the probing guest in it.
type Target interface {
	// Manifest returns what the guest says about itself.
	Manifest(t *testing.T) *abi.Manifest
	// Call runs one call, on data, settings and subscriptions that are the call's alone.
	Call(t *testing.T, c *Call) *Result
	// Sandboxed reports whether the guest calls the imports itself and is held to all limits. A stub for native tests is
	// simpler: cases that it need not pass are marked "sandbox".
	Sandboxed() bool
}

// Call is what a Target is to run.
type Call struct {
	Route    uint32
	Request  []byte
	Identity abi.Identity
	Settings map[string]string
	TimeMS   int64
	Seed     uint64
	Held     []abi.Scope
	Data     [3][]Pair // of the manifest's data sets, in key order
}

// Pair is a key and its value.
type Pair struct{ Key, Value []byte }

// Result is what became of a Call. Everything else than Trapped and Refusal tells what was committed.
type Result struct {
	Trapped bool
	Refusal *Refusal
	Reply   []byte
	Events  []Event
	Held    []abi.Scope // in any order
	Revoked []Revocation
	Log     []string
	Data    [3][]Pair // in key order
}

// Refusal is what the call's client is told.
type Refusal struct {
	Code    abi.Code
	Field   string
	Message string
}

// Event is what a call emitted.
type Event struct {
	Scopes  []abi.Scope
	Route   uint32
	Payload []byte
}

// Revocation is a subscription that a call ended for a user.
type Revocation struct {
	Scope abi.Scope
	User  [16]byte
}

// Run plays all cases against target.
func Run(t *testing.T, target Target) {
	t.Run("manifest", func(t *testing.T) { testManifest(t, target) })
	t.Run("determinism", func(t *testing.T) { testDeterminism(t, target) })
	for _, c := range Cases(t) {
		if c.sandbox && !target.Sandboxed() {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			got := describe(&c.call, target.Call(t, &c.call))
			if want := strings.Join(c.want, "\n"); got != want {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.place, got, want)
			}
		})
	}
}

func testManifest(t *testing.T, target Target) {
	m := target.Manifest(t)
	got := string(abi.AppendManifest(nil, m))
	if want := vectors(t, "manifest")[0]; got != want.text {
		t.Errorf("the probing guest describes itself as\n%s\nwant\n%s", got, want.text)
	}
}

// testDeterminism asserts what random promises: the call's seed decides, and nothing else does.
func testDeterminism(t *testing.T, target Target) {
	draw := func(seed uint64, script string) []byte {
		r := target.Call(t, &Call{Route: 2000, Seed: seed, Request: []byte(script)})
		if r.Trapped || r.Refusal != nil {
			t.Fatalf("%q ended with %+v", script, r)
		}
		return r.Reply
	}
	first := draw(7, "random 32\nrandom 32")
	if !bytes.Equal(first, draw(7, "random 32\nrandom 32")) {
		t.Error("the same seed gave other bytes")
	}
	if bytes.Equal(first, draw(8, "random 32\nrandom 32")) {
		t.Error("another seed gave the same bytes")
	}
	lines := strings.Fields(string(first))
	if len(lines) != 2 || lines[0] == lines[1] {
		t.Errorf("two draws of one call gave %q", lines)
	}
	if empty := draw(7, "random 0"); string(empty) != "\n" {
		t.Errorf("no random bytes are %q", empty)
	}
	if whole := draw(7, "random 64"); string(whole[:64]) != lines[0] {
		t.Errorf("a longer draw begins with %s, want %s", whole[:64], lines[0])
	}
}

// describe tells in the words of the case files what became of a call. Data and subscriptions that stayed as they were are
// not mentioned.
func describe(c *Call, r *Result) string {
	var lines []string
	line := func(words ...string) { lines = append(lines, strings.Join(words, " ")) }
	switch {
	case r.Trapped:
		line("trapped")
	case r.Refusal != nil:
		line("refused", r.Refusal.Code.String(), Word([]byte(r.Refusal.Field)), Word([]byte(r.Refusal.Message)))
	case c.Route == 2002 || c.Route == 2003:
		line("reply", Word(r.Reply))
	case len(r.Reply) > 0:
		for _, reply := range strings.Split(strings.TrimSuffix(string(r.Reply), "\n"), "\n") {
			line("reply", reply)
		}
	}
	for _, e := range r.Events {
		line("event", number(e.Route), Word(e.Payload), scopeWords(e.Scopes))
	}
	for _, v := range r.Revoked {
		line("revoked", scopeWords([]abi.Scope{v.Scope}), Word(v.User[:]))
	}
	lines = append(lines, describeHeld(c.Held, r.Held)...)
	for _, text := range r.Log {
		line("log", Word([]byte(text)))
	}
	for set := range r.Data {
		if slices.EqualFunc(c.Data[set], r.Data[set], func(a, b Pair) bool {
			return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value)
		}) {
			continue
		}
		if len(r.Data[set]) == 0 {
			line("emptied", number(uint32(set)))
		}
		for _, p := range r.Data[set] {
			line("stored", number(uint32(set)), Word(p.Key), Word(p.Value))
		}
	}
	return strings.Join(lines, "\n")
}

// describeHeld tells the subscriptions, or how many they are if they are many.
func describeHeld(before, after []abi.Scope) []string {
	compare := func(a, b abi.Scope) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return strings.Compare(a.ID, b.ID)
	}
	before, after = slices.Clone(before), slices.Clone(after)
	slices.SortFunc(before, compare)
	slices.SortFunc(after, compare)
	if slices.Equal(before, after) {
		return nil
	}
	const many = 10
	if len(after) == 0 || len(after) > many {
		return []string{"holds " + number(uint32(len(after)))}
	}
	var lines []string
	for _, s := range after {
		lines = append(lines, "held "+scopeWords([]abi.Scope{s}))
	}
	return lines
}

func scopeWords(scopes []abi.Scope) string {
	var words []string
	for _, s := range scopes {
		words = append(words, number(uint32(s.Kind))+":"+Word([]byte(s.ID)))
	}
	return strings.Join(words, " ")
}
