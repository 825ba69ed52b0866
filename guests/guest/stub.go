package guest

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"

	"workcell/abi"
)

// Stub is a host for native tests: data sets in memory, a clock and a seed under the test's control, and a record of what
// calls did. Its calls are atomic as real ones are. One goroutine at a time.
type Stub struct {
	Module   Module
	Identity abi.Identity
	Settings map[string]string
	TimeMS   int64
	Seed     uint64 // of the next call; each call uses up one
	Held     map[abi.Scope]bool
	Work     Work // of the last call

	data []map[string][]byte
	keys [][]string // sorted keys of data, nil when stale
}

// Result is what a call did.
type Result struct {
	Refusal *Refusal // nil if the call committed
	Reply   []byte
	Events  []Event
	Revoked []Revocation
	Log     []string
}

// Event is what a call emitted.
type Event struct {
	Scopes  []abi.Scope
	Route   uint32
	Payload []byte
}

// Revocation is what a call revoked.
type Revocation struct {
	Scope abi.Scope
	User  [16]byte
}

// Work counts what a call asked of its host.
type Work struct {
	Gets, Puts, Deletes, Scans int
	PairsScanned               int
	BytesRead, BytesWritten    int
}

// NewStub returns a Stub for m with empty data sets.
func NewStub(m Module) *Stub {
	s := &Stub{Module: m, Settings: map[string]string{}, Held: map[abi.Scope]bool{}, TimeMS: 1_700_000_000_000}
	for range m.DataSets {
		s.data = append(s.data, map[string][]byte{})
		s.keys = append(s.keys, nil)
	}
	return s
}

// Call runs the handler of a route on request and commits what it did, unless it refused.
func (s *Stub) Call(route uint32, request []byte) Result {
	s.Seed++
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(s.Seed >> (8 * i))
	}
	r := &stubCall{stub: s, input: request, random: rand.NewChaCha8(seed), held: maps.Clone(s.Held)}
	for i := range s.Module.Routes {
		if s.Module.Routes[i].ID == route {
			r.route = s.Module.Routes[i].Route
		}
	}
	for range s.data {
		r.writes = append(r.writes, map[string][]byte{})
	}
	s.Work = Work{}
	if s.Module.handle(&Call{host: r, route: route}) != 0 {
		return Result{Refusal: r.refusal, Log: r.result.Log}
	}
	r.commit()
	return r.result
}

// Pairs returns all pairs of a data set in key order: key, value, key, value.
func (s *Stub) Pairs(set int) [][]byte {
	var pairs [][]byte
	for _, key := range s.sorted(set) {
		pairs = append(pairs, []byte(key), s.data[set][key])
	}
	return pairs
}

func (s *Stub) sorted(set int) []string {
	if s.keys[set] == nil {
		for key := range s.data[set] {
			s.keys[set] = append(s.keys[set], key)
		}
		sort.Strings(s.keys[set])
	}
	return s.keys[set]
}

// stubCall is the Host of one call: writes over the Stub's data. A deleted key is a nil value.
type stubCall struct {
	stub    *Stub
	route   abi.Route
	input   []byte
	random  *rand.ChaCha8
	writes  []map[string][]byte
	held    map[abi.Scope]bool
	result  Result
	refusal *Refusal
}

func (c *stubCall) commit() {
	for set, writes := range c.writes {
		for key, value := range writes {
			_, had := c.stub.data[set][key]
			if value == nil {
				delete(c.stub.data[set], key)
			} else {
				c.stub.data[set][key] = value
			}
			if had == (value == nil) {
				c.stub.place(set, key, value != nil)
			}
		}
	}
	c.stub.Held = c.held
}

// place keeps the sorted keys of a data set true to an insertion or removal.
func (s *Stub) place(set int, key string, present bool) {
	if s.keys[set] == nil {
		return
	}
	i, _ := slices.BinarySearch(s.keys[set], key)
	if present {
		s.keys[set] = slices.Insert(s.keys[set], i, key)
	} else {
		s.keys[set] = slices.Delete(s.keys[set], i, i+1)
	}
}

func (c *stubCall) Input() []byte { return slices.Clone(c.input) }

func (c *stubCall) Output(p []byte) { c.result.Reply = append(c.result.Reply, p...) }

func (c *stubCall) Get(set int, key []byte) ([]byte, bool) {
	c.stub.Work.Gets++
	value, ok := c.writes[set][string(key)]
	if !ok {
		value = c.stub.data[set][string(key)]
	}
	c.stub.Work.BytesRead += len(value)
	return slices.Clone(value), value != nil
}

func (c *stubCall) Put(set int, key, value []byte) {
	c.mayWrite(set)
	c.stub.Work.Puts++
	c.stub.Work.BytesWritten += len(key) + len(value)
	c.writes[set][string(key)] = append([]byte{}, value...)
}

func (c *stubCall) Delete(set int, key []byte) {
	c.mayWrite(set)
	c.stub.Work.Deletes++
	c.writes[set][string(key)] = nil
}

// mayWrite panics where a sandbox would trap.
func (c *stubCall) mayWrite(set int) {
	if c.route.Kind == abi.KindRead || c.stub.Module.DataSets[set].Access != abi.AccessWrite {
		panic("guest: a read route, or a data set declared for reading, cannot be written")
	}
}

func (c *stubCall) Scan(set int, r Range, visit func(key, value []byte) bool) {
	c.stub.Work.Scans++
	lo, hi, left := r.Lo, r.Hi, r.Limit
	within := func(key string) bool { return key >= string(lo) && (len(hi) == 0 || key < string(hi)) }
	stored := c.stub.sorted(set)
	from, _ := slices.BinarySearch(stored, string(lo))
	to := len(stored)
	if len(hi) > 0 {
		to, _ = slices.BinarySearch(stored, string(hi))
	}
	stored = stored[min(from, to):to]
	var added []string
	for key := range c.writes[set] {
		if _, known := c.stub.data[set][key]; !known && within(key) {
			added = append(added, key)
		}
	}
	sort.Strings(added)
	for len(stored)+len(added) > 0 {
		key := takeNext(&stored, &added, r.Reverse)
		value, written := c.writes[set][key]
		if !written {
			value = c.stub.data[set][key]
		}
		if value == nil {
			continue
		}
		c.stub.Work.PairsScanned++
		c.stub.Work.BytesRead += len(key) + len(value)
		if left--; !visit([]byte(key), bytes.Clone(value)) || left == 0 {
			return
		}
	}
}

// takeNext takes the first key, or the last if reverse, off two sorted lists that have no key in common.
func takeNext(a, b *[]string, reverse bool) string {
	end := func(list []string) int {
		if reverse {
			return len(list) - 1
		}
		return 0
	}
	from := a
	if len(*a) == 0 || len(*b) > 0 && ((*b)[end(*b)] < (*a)[end(*a)]) != reverse {
		from = b
	}
	key := (*from)[end(*from)]
	if reverse {
		*from = (*from)[:len(*from)-1]
	} else {
		*from = (*from)[1:]
	}
	return key
}

func (c *stubCall) Emit(scopes []abi.Scope, route uint32, payload []byte) {
	if !slices.Contains(c.route.Events, route) {
		panic("guest: Emit of an event that the route does not declare")
	}
	for _, s := range scopes {
		if !s.Valid() {
			panic("guest: Emit to a scope that is not valid")
		}
	}
	c.result.Events = append(c.result.Events, Event{Scopes: slices.Clone(scopes), Route: route, Payload: bytes.Clone(payload)})
}

func (c *stubCall) Subscribe(s abi.Scope) bool {
	if !s.Subscribable() {
		panic("guest: Subscribe to a scope that nobody can hold")
	}
	if len(c.held) >= abi.MaxSubscriptions && !c.held[s] {
		return false
	}
	c.held[s] = true
	return true
}

func (c *stubCall) Unsubscribe(s abi.Scope) { delete(c.held, s) }

func (c *stubCall) Revoke(s abi.Scope, user [16]byte) {
	c.result.Revoked = append(c.result.Revoked, Revocation{Scope: s, User: user})
}

func (c *stubCall) Fail(code abi.Code, field, message string) {
	c.refusal = &Refusal{Code: code, Field: field, Message: message}
}

func (c *stubCall) Identity() abi.Identity { return c.stub.Identity }

func (c *stubCall) Config(key string) (string, bool) {
	value, found := c.stub.Settings[key]
	return value, found
}

func (c *stubCall) NowMS() int64 { return c.stub.TimeMS }

func (c *stubCall) Random(p []byte) {
	if _, err := c.random.Read(p); err != nil {
		panic(errors.Join(errors.New("guest: the random source failed"), err))
	}
}

func (c *stubCall) Log(_ int, line string) { c.result.Log = append(c.result.Log, line) }
