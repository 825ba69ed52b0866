package guest

import "workcell/abi"

// A Rehearsal lets a module's Warm take the paths that calls take, on a small store of its own. What the language runtime
// sets up when code runs for the first time, memory above all, is then part of the image that every call begins with.
//
// It is no place for tests: a call that is refused leaves its writes behind, and there is no check that a real host would
// make. For those there is Stub.
type Rehearsal struct {
	module *Module
	host   rehearsalHost
}

// NewRehearsal returns a Rehearsal of m with an empty store.
func NewRehearsal(m *Module) *Rehearsal {
	return &Rehearsal{module: m, host: rehearsalHost{data: map[string][]byte{}}}
}

// Call runs the handler of a route on request and returns the reply. The same calls give the same replies.
func (r *Rehearsal) Call(route uint32, request []byte) (reply []byte) {
	r.host.input, r.host.output = request, nil
	r.module.handle(&Call{host: &r.host, route: route})
	return r.host.output
}

// Refused returns how many calls were refused: those have not rehearsed what they were meant to.
func (r *Rehearsal) Refused() int { return r.host.refused }

// rehearsalHost is the Host of a Rehearsal. Its store is a map, which is searched from one end to the other for the next key
// of a scan: little code counts for more here than time.
type rehearsalHost struct {
	data          map[string][]byte // by the index of the data set, a byte, and the key
	input, output []byte
	random        uint64
	refused       int
}

func (h *rehearsalHost) Input() []byte   { return append([]byte(nil), h.input...) }
func (h *rehearsalHost) Output(p []byte) { h.output = append(h.output, p...) }

func (h *rehearsalHost) Get(set int, key []byte) ([]byte, bool) {
	value, found := h.data[rehearsed(set, key)]
	return append([]byte(nil), value...), found
}

func (h *rehearsalHost) Put(set int, key, value []byte) {
	h.data[rehearsed(set, key)] = append([]byte(nil), value...)
}

func (h *rehearsalHost) Delete(set int, key []byte) { delete(h.data, rehearsed(set, key)) }

func rehearsed(set int, key []byte) string { return string(byte(set)) + string(key) }

func (h *rehearsalHost) Scan(set int, r Range, visit func(key, value []byte) bool) {
	from, to, left := rehearsed(set, r.Lo), rehearsed(set, r.Hi), r.Limit
	if len(r.Hi) == 0 {
		to = rehearsed(set+1, nil)
	}
	for {
		next := ""
		for key := range h.data {
			if key >= from && key < to && (next == "" || (key < next) != r.Reverse) {
				next = key
			}
		}
		if left--; next == "" || !visit([]byte(next[1:]), h.data[next]) || left == 0 {
			return
		}
		if r.Reverse {
			to = next
		} else {
			from = next + "\x00"
		}
	}
}

func (h *rehearsalHost) Emit([]abi.Scope, uint32, []byte) {}
func (h *rehearsalHost) Subscribe(abi.Scope) bool         { return true }
func (h *rehearsalHost) Unsubscribe(abi.Scope)            {}
func (h *rehearsalHost) Revoke(abi.Scope, [16]byte)       {}
func (h *rehearsalHost) Fail(abi.Code, string, string)    { h.refused++ }
func (h *rehearsalHost) Identity() abi.Identity           { return abi.Identity{Mode: abi.AuthToken} }
func (h *rehearsalHost) Config(string) (string, bool)     { return "", false }
func (h *rehearsalHost) NowMS() int64                     { return 1_700_000_000_000 }
func (h *rehearsalHost) Log(int, string)                  {}

func (h *rehearsalHost) Random(p []byte) {
	for i := range p {
		h.random = h.random*6364136223846793005 + 1442695040888963407
		p[i] = byte(h.random >> 56)
	}
}
