package sandbox_test

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/host/client/pmpb"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// A trace is everything that the rest of the host learns of a run.
type trace struct {
	status  sandbox.Status
	reason  sandbox.Reason
	fuel    uint64
	reply   string
	refusal sandbox.Refusal
	events  []sandbox.Event
	changes []sandbox.Change
	used    sandbox.Used
	access  []string // reads and writes, in order
	log     []string
	stderr  string
}

// recording is a store that writes down how it is used.
type recording struct {
	*memory
	access []string
}

func (r *recording) Get(key []byte) ([]byte, bool, error) {
	r.access = append(r.access, fmt.Sprintf("get %q", key))
	return r.memory.Get(key)
}

func (r *recording) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) bool) error {
	r.access = append(r.access, fmt.Sprintf("scan %q %q %v", lo, hi, reverse))
	return r.memory.Scan(lo, hi, reverse, visit)
}

func (r *recording) Put(key, value []byte) error {
	r.access = append(r.access, fmt.Sprintf("put %q %q", key, value))
	return r.memory.Put(key, value)
}

func (r *recording) Delete(key []byte) error {
	r.access = append(r.access, fmt.Sprintf("delete %q", key))
	return r.memory.Delete(key)
}

// A message is what a run of a call depends on, but for the store.
type message struct {
	route uint32
	input []byte
	user  byte // all of the id of who asks
	nowMS int64
	seed  byte
	fuel  uint64
}

// run handles m in pool over a store of its own that holds pairs, which it does not change, and returns what the run did
// and what is stored after it.
func (m *message) run(pool *sandbox.Pool, pairs map[string][]byte) (*trace, map[string][]byte) {
	store := &recording{memory: &memory{pairs: maps.Clone(pairs)}}
	got := &trace{}
	c := newCall(m.route, "")
	c.Input, c.Store, c.NowMS, c.Seed, c.Fuel = bytes.Clone(m.input), store, m.nowMS, [32]byte{m.seed}, m.fuel
	c.Identity = &abi.Identity{Mode: abi.AuthToken, User: [16]byte(bytes.Repeat([]byte{m.user}, 16)), Connection: [16]byte{m.user}}
	c.Log = func(level int, line string) { got.log = append(got.log, strconv.Itoa(level)+" "+line) }
	out := pool.Run(c, patience)
	got.status, got.reason, got.fuel = out.Status, out.Reason, out.Fuel
	got.reply, got.refusal, got.stderr, got.used = string(c.Effects.Reply), c.Effects.Refusal, string(c.Stderr), c.Used
	got.events, got.changes = append(got.events, c.Effects.Events...), append(got.changes, c.Effects.Changes...)
	got.access = store.access
	return got, store.pairs
}

// venues are places where a guest can handle a message.
type venues struct {
	used        *sandbox.Pool   // one instance, which handles everything
	fresh       *sandbox.Module // each message gets a clone of its own
	interpreted *sandbox.Pool   // one instance of another engine
	elsewhere   *sandbox.Pool   // one instance that was reset by copying all of its memory
}

func newVenues(t *testing.T, guest string) *venues {
	t.Helper()
	module := func(cfg sandbox.Config) *sandbox.Module {
		cfg.Functions, cfg.CacheDir = hostcall.Functions(), cacheDir
		e, err := sandbox.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close(t.Context()) })
		return load(t, e, hosttest.Guest(t, guest))
	}
	compiled := module(sandbox.Config{})
	return &venues{
		used: sandbox.NewPool(compiled, 1), fresh: compiled,
		interpreted: sandbox.NewPool(module(sandbox.Config{Kind: sandbox.KindInterpreter}), 1),
		elsewhere:   sandbox.NewPool(module(sandbox.Config{Reset: "copy"}), 1),
	}
}

// agree runs m everywhere, with other between two runs on the same instance, and returns what all runs did and what is
// stored after them.
func (v *venues) agree(t rapid.TB, m, other *message, pairs map[string][]byte) (*trace, map[string][]byte) {
	want, after := m.run(v.used, pairs)
	for _, venue := range []struct {
		name string
		pool *sandbox.Pool
	}{
		{"on the instance that had just handled it", v.used},
		{"on a clone", sandbox.NewPool(v.fresh, 1)},
		{"on the interpreter", v.interpreted},
		{"on an instance that is copied back", v.elsewhere},
		{"after another message", v.used},
	} {
		if venue.name == "after another message" {
			other.run(venue.pool, pairs)
		}
		got, stored := m.run(venue.pool, pairs)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("route %d, %q, %s:\n%+v, want\n%+v", m.route, m.input, venue.name, got, want)
		}
		if !maps.EqualFunc(stored, after, bytes.Equal) {
			t.Fatalf("route %d, %q, %s: another state is stored", m.route, m.input, venue.name)
		}
	}
	return want, after
}

// boardRequests draws requests of the board: most of them make sense, as far as one can say without its rules.
type boardRequests struct {
	projects, items []string // ids
}

func (b *boardRequests) draw(t *rapid.T) *message {
	text := rapid.OneOf(rapid.SampledFrom([]string{"Weld the frame", "<b>Bold</b> & ö", "", " ", "Zoë\u0000"}), rapid.StringN(0, 300, -1))
	id := func(of []string) string {
		return rapid.SampledFrom(append([]string{"99999999-9999-4999-8999-999999999999", "nonsense"}, of...)).Draw(t, "id")
	}
	maybe := func(label string) *string {
		if !rapid.Bool().Draw(t, "with "+label) {
			return nil
		}
		return proto.String(text.Draw(t, label))
	}
	version := func() int32 { return rapid.Int32Range(1, 3).Draw(t, "version") }
	requests := map[uint32]func() proto.Message{
		20: func() proto.Message { return &pmpb.Subscribe{ProjectIds: []string{id(b.projects), id(b.projects)}} },
		30: func() proto.Message {
			r := &pmpb.CreateWorkItemRequest{
				ItemType: pmpb.WorkItemType(rapid.IntRange(1, 5).Draw(t, "type")), Title: text.Draw(t, "title"),
				Description: maybe("description"), ProjectId: id(b.projects),
			}
			if rapid.Bool().Draw(t, "below") {
				r.ParentId = proto.String(id(b.items))
			}
			return r
		},
		31: func() proto.Message {
			return &pmpb.UpdateWorkItemRequest{
				WorkItemId: id(b.items), ExpectedVersion: version(), Title: maybe("title"), Description: maybe("description"),
				Status: maybe("status"), Position: proto.Int32(rapid.Int32Range(-1, 5).Draw(t, "position")),
			}
		},
		32: func() proto.Message { return &pmpb.DeleteWorkItemRequest{WorkItemId: id(b.items)} },
		33: func() proto.Message { return &pmpb.GetWorkItemsRequest{ProjectId: id(b.projects)} },
		90: func() proto.Message {
			key := rapid.StringMatching(`[A-Z]{1,3}`).Draw(t, "key")
			return &pmpb.CreateProjectRequest{Title: text.Draw(t, "title"), Description: maybe("description"), Key: key}
		},
		91: func() proto.Message {
			return &pmpb.UpdateProjectRequest{ProjectId: id(b.projects), ExpectedVersion: version(), Title: maybe("title")}
		},
		92: func() proto.Message {
			return &pmpb.DeleteProjectRequest{ProjectId: id(b.projects), ExpectedVersion: version()}
		},
		93: func() proto.Message { return &pmpb.ListProjectsRequest{} },
	}
	m := &message{
		route: rapid.SampledFrom([]uint32{20, 30, 30, 30, 31, 31, 32, 33, 90, 91, 92, 93}).Draw(t, "route"),
		user:  rapid.SampledFrom([]byte{0xaa, 0xaa, 0xaa, 0xbb}).Draw(t, "user"),
		nowMS: rapid.Int64Range(1_600_000_000_000, 1_900_000_000_000).Draw(t, "now"),
		seed:  rapid.Byte().Draw(t, "seed"), fuel: ample,
	}
	var err error
	if m.input, err = proto.Marshal(requests[m.route]()); err != nil {
		t.Fatal(err)
	}
	if rapid.IntRange(0, 9).Draw(t, "damage") == 0 {
		m.input = append(m.input, rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")...)
	}
	if rapid.IntRange(0, 9).Draw(t, "thrift") == 0 {
		m.fuel = rapid.Uint64Range(1, 300_000).Draw(t, "fuel")
	}
	return m
}

// learn keeps the ids of what a request made.
func (b *boardRequests) learn(t *rapid.T, m *message, did *trace) {
	var err error
	switch {
	case did.status != sandbox.OK:
	case m.route == 30:
		var created pmpb.WorkItemCreated
		err = proto.Unmarshal([]byte(did.reply), &created)
		b.items = append(b.items, created.GetWorkItem().GetId())
	case m.route == 90:
		var created pmpb.ProjectCreated
		err = proto.Unmarshal([]byte(did.reply), &created)
		b.projects = append(b.projects, created.GetProject().GetId())
	}
	if err != nil {
		t.Fatalf("the reply of route %d: %v", m.route, err)
	}
}

// The same message, time and seed over the same state do the same and burn the same fuel, wherever and after whatever.
func TestTheBoardIsDeterministic(t *testing.T) {
	const requests = 4 // in each history
	v := newVenues(t, "./guests/handlers/board")
	statuses := map[sandbox.Status]int{}
	routes := map[uint32]int{} // that went well
	rapid.Check(t, func(t *rapid.T) {
		var b boardRequests
		pairs := map[string][]byte{}
		first, err := proto.Marshal(&pmpb.CreateProjectRequest{Title: "The first", Key: "FIRST"})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*message{
			{route: abi.RouteSessionOpened, user: 0xaa, fuel: ample},
			{route: abi.RouteSessionOpened, user: 0xbb, fuel: ample},
			{route: 90, user: 0xaa, input: first, fuel: ample},
		} {
			var did *trace
			if did, pairs = m.run(v.used, pairs); did.status != sandbox.OK {
				t.Fatalf("route %d: %+v", m.route, did)
			}
			b.learn(t, m, did)
		}
		for range requests {
			m, other := b.draw(t), b.draw(t)
			did, after := v.agree(t, m, other, pairs)
			statuses[did.status]++
			if did.status == sandbox.OK {
				pairs = after
				routes[m.route]++
			}
			b.learn(t, m, did)
		}
	})
	if statuses[sandbox.OK] == 0 || statuses[sandbox.Refused] == 0 || len(routes) < 3 {
		t.Errorf("the messages are too much alike: they ended with %v, those of routes %v well", statuses, routes)
	}
}

// A guest that does what it can to differ does not.
func TestAHostileGuestIsDeterministic(t *testing.T) {
	v := newVenues(t, "./guests/hostile")
	known := []string{
		"count", "draw", "half draw", "panic", "half panic", "nil", "divide", "fatal", "deadlock", "exit", "error", "half refuse 3 no",
		"refuse 99 unknown", "unheard-of", "undeclared-event", "undeclared-set 2", "write-read-set", "keys", "half keys", "random-too-much",
		"loop", "half loop", "recurse", "sleep 3", "log-flood 120", "stderr-flood 2", "half put k v", "get k", "get absent",
	}
	behaviour := rapid.OneOf(
		rapid.SampledFrom(known),
		rapid.Custom(func(t *rapid.T) string {
			verb := rapid.SampledFrom([]string{"writes", "events", "reply"}).Draw(t, "verb")
			return fmt.Sprintf("%s %d %d", verb, rapid.IntRange(0, 20).Draw(t, "count"), rapid.IntRange(0, 3000).Draw(t, "bytes"))
		}),
		rapid.Custom(func(t *rapid.T) string {
			function := rapid.SampledFrom([]string{"kv_get.key", "kv_put.val", "kv_scan.buf", "emit.payload", "random", "wasi.random_get"}).Draw(t, "function")
			p := rapid.SampledFrom([]uint32{0, 8, 1 << 16, 1 << 26, 1 << 31, 1<<32 - 1}).Draw(t, "pointer")
			return fmt.Sprintf("wild %s %#x %#x", function, p, rapid.SampledFrom([]uint32{0, 1, 4096, 1<<32 - 1}).Draw(t, "length"))
		}),
	)
	draw := func(t *rapid.T) *message {
		return &message{
			route: rapid.SampledFrom([]uint32{hostileWrite, hostileWrite, hostileRead}).Draw(t, "route"),
			input: []byte(behaviour.Draw(t, "behaviour")),
			nowMS: rapid.Int64Range(0, 1<<42).Draw(t, "now"), seed: rapid.Byte().Draw(t, "seed"),
			fuel: rapid.Uint64Range(1, 3_000_000).Draw(t, "fuel"),
		}
	}
	const enough = 20_000_000 // for what ends
	pairs := map[string][]byte{"dhostile\x00k": []byte("value"), "dhostile\x00other": []byte("another")}
	for i, text := range known {
		m := &message{route: hostileWrite, input: []byte(text), nowMS: int64(i), seed: byte(i), fuel: enough}
		did, _ := v.agree(t, m, &message{route: hostileWrite, input: []byte(known[len(known)-1-i]), fuel: enough}, pairs)
		if spins := text == "loop" || text == "half loop" || text == "recurse"; spins != (did.status == sandbox.OutOfFuel) {
			t.Fatalf("%s ended with %s", text, did.status)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		pairs := map[string][]byte{"dhostile\x00k": []byte("value"), "dhostile\x00other": []byte(rapid.String().Draw(t, "stored"))}
		v.agree(t, draw(t), draw(t), pairs)
	})
}
