package abi

import "strconv"

// Manifest is what a handler says about itself. workcell_describe writes it as one JSON object; the names of the members
// are those of the tags. A handler in a language without JSON writes a literal.
//
//	{"abi":1, "name":"hello", "version":"1.0.0",
//	 "data_sets":[{"name":"hello","access":"write"}],
//	 "routes":[{"id":2000,"name":"hello","kind":"write","reply":1001}]}
//
// Fuel, deadline, memory and reply size are wishes: the operator's configuration caps them, 0 means the default.
type Manifest struct {
	ABI     int    `json:"abi"`
	Name    string `json:"name"`    // 1 to 64 bytes of a-z 0-9 - _
	Version string `json:"version"` // semantic version
	// DataSets are the keys the handler may touch. kv functions name a set by its index in this list.
	DataSets []DataSet `json:"data_sets"`
	Routes   []Route   `json:"routes"`

	MemoryPages uint32 `json:"memory_pages,omitempty"` // largest memory of an instance, in pages of 64 KiB
	ReplyBytes  uint32 `json:"reply_bytes,omitempty"`  // largest reply
}

// Access is what a handler does with a data set.
type Access string

// The kinds of access.
const (
	AccessRead  Access = "read"
	AccessWrite Access = "write" // and read
)

// DataSet names a set of keys that a handler shares with other handlers, or has for itself: everything stored belongs to
// one. A key outside the declared sets cannot be expressed; a write to a set declared for reading is a trap.
type DataSet struct {
	Name   string `json:"name"` // 1 to 64 bytes of a-z 0-9 - _
	Access Access `json:"access"`
	// Reads are the versions of records the handler understands, 1 to 255, and Writes is the one it writes; none and 0 mean
	// version 1. A handler that does not understand what is stored is not put into service.
	Reads  []uint32 `json:"reads,omitempty"`
	Writes uint32   `json:"writes,omitempty"`
}

// Kind says what a route does.
type Kind string

// The kinds of route.
const (
	// KindWrite: the call may write. It is covered by idempotency and validated against concurrent commits.
	KindWrite Kind = "write"
	// KindRead: writing is a trap. Subscribing is not writing.
	KindRead Kind = "read"
	// KindInternal: called by the host itself, never by a client. It may write.
	KindInternal Kind = "internal"
)

// Route is one kind of message that a handler takes.
type Route struct {
	// ID is what workcell_handle gets. For a message of the wire protocol it is the number of the request's payload field
	// (10 to 999); for a host's own message one of the Route constants; for a custom route any number from 2000 on.
	ID uint32 `json:"id"`
	// Name is the handler name in logs and metrics, and for a custom route what clients call it: 1 to 128 characters of
	// a-z 0-9 . _ - /.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Reply is the payload field the reply is sent in, for a custom route 1001; 0 for a reply without payload.
	Reply uint32 `json:"reply,omitempty"`
	// Events are the payload fields of the events the route may emit: messages of the wire protocol, and for a custom route
	// 1002.
	Events []uint32 `json:"events,omitempty"`
	// Serial names the field of the request whose value says what the call contends for: calls with the same value take
	// turns. 0: the route runs freely. It saves repeated work and decides nothing about correctness.
	Serial uint32 `json:"serial,omitempty"`

	Fuel       uint64 `json:"fuel,omitempty"`        // fuel units
	DeadlineMS uint32 `json:"deadline_ms,omitempty"` // longest run
}

// Routes the host calls by itself.
const (
	// RouteSessionOpened is called before the first message of a connection is handled, with an empty request.
	RouteSessionOpened uint32 = 1
	// RouteCheck looks for what is wrong with the data, a page at a time: the request is a cursor, the reply a Check. It
	// writes nothing, and each page is right for the moment at which it is called, whatever is written between two pages.
	RouteCheck uint32 = 2
	// RouteMembers adds, lists and removes the members of a project, for the operator: see members.go.
	RouteMembers uint32 = 3
	// RouteRetention deletes history that is older than the operator wants to keep: see retention.go.
	RouteRetention uint32 = 4
	// FirstCustomRoute is the lowest id of a custom route.
	FirstCustomRoute uint32 = 2000
)

// AppendManifest appends m as JSON to dst. It is written by hand because a guest should not carry a JSON library for it.
func AppendManifest(dst []byte, m *Manifest) []byte {
	dst = append(dst, `{"abi":`...)
	dst = strconv.AppendInt(dst, int64(m.ABI), 10)
	dst = appendText(dst, "name", m.Name)
	dst = appendText(dst, "version", m.Version)
	dst = append(dst, `,"data_sets":[`...)
	for i, set := range m.DataSets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"name":`...)
		dst = appendQuoted(dst, set.Name)
		dst = appendText(dst, "access", string(set.Access))
		dst = appendNumbers(dst, "reads", set.Reads)
		dst = appendNumber(dst, "writes", uint64(set.Writes))
		dst = append(dst, '}')
	}
	dst = append(dst, `],"routes":[`...)
	for i := range m.Routes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendRoute(dst, &m.Routes[i])
	}
	dst = append(dst, ']')
	dst = appendNumber(dst, "memory_pages", uint64(m.MemoryPages))
	dst = appendNumber(dst, "reply_bytes", uint64(m.ReplyBytes))
	return append(dst, '}')
}

func appendRoute(dst []byte, r *Route) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendUint(dst, uint64(r.ID), 10)
	dst = appendText(dst, "name", r.Name)
	dst = appendText(dst, "kind", string(r.Kind))
	dst = appendNumber(dst, "reply", uint64(r.Reply))
	dst = appendNumbers(dst, "events", r.Events)
	dst = appendNumber(dst, "serial", uint64(r.Serial))
	dst = appendNumber(dst, "fuel", r.Fuel)
	dst = appendNumber(dst, "deadline_ms", uint64(r.DeadlineMS))
	return append(dst, '}')
}

// appendNumber appends a member, or nothing for 0.
func appendNumber(dst []byte, name string, n uint64) []byte {
	if n == 0 {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return strconv.AppendUint(dst, n, 10)
}

// appendNumbers appends a member with a list, or nothing for an empty one.
func appendNumbers(dst []byte, name string, list []uint32) []byte {
	for i, n := range list {
		if i == 0 {
			dst = append(dst, ',', '"')
			dst = append(dst, name...)
			dst = append(dst, `":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	if len(list) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func appendText(dst []byte, name, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return appendQuoted(dst, value)
}

// appendQuoted appends s as a JSON string. Bytes that are not valid UTF-8 are left to the reader to refuse.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
