package sandbox

import (
	"bytes"
	"slices"
	"strings"
	"unsafe"

	"workcell/abi"
)

// Effects are what a call did, to be made real by the caller when it commits.
type Effects struct {
	Reply    []byte
	Events   []Event
	Changes  []Change
	Refusal  Refusal
	LogLines int
}

// Event is an event the call emitted. Its slices and the ids of its scopes are views, valid until the Call is reset.
type Event struct {
	Scopes  []abi.Scope
	Route   uint32
	Payload []byte
}

// ChangeKind says what a Change does.
type ChangeKind uint8

// The kinds of change of subscriptions.
const (
	Subscribe ChangeKind = iota
	Unsubscribe
	Revoke
)

// Change is a change of subscriptions: of the call's connection, or for Revoke of all connections of User.
type Change struct {
	Kind  ChangeKind
	Scope abi.Scope
	User  [16]byte
}

// Refusal is what a guest gave to fail.
type Refusal struct {
	Code    abi.Code
	Field   string
	Message string
}

// Clone returns a copy that lasts when the Call is reset.
func (e *Effects) Clone() Effects {
	clone := Effects{Reply: bytes.Clone(e.Reply), Changes: slices.Clone(e.Changes), Refusal: e.Refusal, LogLines: e.LogLines}
	for _, event := range e.Events {
		event.Scopes, event.Payload = slices.Clone(event.Scopes), bytes.Clone(event.Payload)
		for i := range event.Scopes {
			event.Scopes[i].ID = strings.Clone(event.Scopes[i].ID)
		}
		clone.Events = append(clone.Events, event)
	}
	return clone
}

// Emit keeps an event for the list of scopes of emit, copying it and payload. It reports false, and emits nothing, if the
// list is malformed, empty or too long, or nobody can be addressed so.
func (c *Call) Emit(list []byte, route uint32, payload []byte) bool {
	first := len(c.kept.scopes)
	for rest := c.kept.bytes(list); len(rest) > 0; {
		kind, id, tail, ok := abi.NextScope(rest)
		s := abi.Scope{Kind: kind, ID: unsafe.String(unsafe.SliceData(id), len(id))}
		if !ok || !s.Valid() || len(c.kept.scopes)-first == abi.MaxScopes {
			return false
		}
		c.kept.scopes, rest = append(c.kept.scopes, s), tail
	}
	scopes := c.kept.scopes[first:len(c.kept.scopes):len(c.kept.scopes)]
	if len(scopes) == 0 {
		return false
	}
	c.Effects.Events = append(c.Effects.Events, Event{Scopes: scopes, Route: route, Payload: c.kept.bytes(payload)})
	return true
}

// kept is the memory of the events of a Call, used again after Reset.
type kept struct {
	buffer []byte
	scopes []abi.Scope
}

// bytes copies p. An older copy stays where it is when the buffer grows.
func (k *kept) bytes(p []byte) []byte {
	from := len(k.buffer)
	k.buffer = append(k.buffer, p...)
	return k.buffer[from:len(k.buffer):len(k.buffer)]
}

// reset ends the life of the copies. What an unusual call has blown up is let go.
func (k *kept) reset() {
	const most = 64 << 10
	if cap(k.buffer) > most {
		k.buffer = nil
	}
	if cap(k.scopes) > most/int(unsafe.Sizeof(abi.Scope{})) {
		k.scopes = nil
	}
	k.buffer, k.scopes = k.buffer[:0], k.scopes[:0]
}

// dropEffects forgets what a run did that did not end well, but for the refusal.
func (c *Call) dropEffects() {
	c.Effects.Reply, c.Effects.Events, c.Effects.Changes = c.Effects.Reply[:0], c.Effects.Events[:0], c.Effects.Changes[:0]
}
