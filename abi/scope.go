package abi

import "strings"

// ScopeKind says what the id of a scope names.
type ScopeKind uint8

// The kinds of scope. Numbers are for good.
const (
	// ScopeInert matches no event. A connection may hold such ids; they only count against its limit.
	ScopeInert   ScopeKind = 0
	ScopeProject ScopeKind = 1
	ScopeSprint  ScopeKind = 2
	ScopeItem    ScopeKind = 3
	// ScopeUser reaches every connection of a user. Nobody subscribes to it.
	ScopeUser ScopeKind = 4
	// ScopeTopic is for handlers' own addressing; its ids are any bytes.
	ScopeTopic     ScopeKind = 5
	scopeKindCount ScopeKind = 6
)

// Scope is an address for events: who subscribed to it gets them. ID has 1 to MaxScopeIDBytes bytes; the ids of
// projects, sprints, items and users are the 16 bytes of a UUID.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// Valid reports whether events can be sent to s.
func (s Scope) Valid() bool {
	if s.Kind == ScopeInert || s.Kind >= scopeKindCount || len(s.ID) == 0 || len(s.ID) > MaxScopeIDBytes {
		return false
	}
	return s.Kind == ScopeTopic || len(s.ID) == 16
}

// Subscribable reports whether a connection can hold s.
func (s Scope) Subscribable() bool {
	if s.Kind == ScopeInert {
		return len(s.ID) > 0 && len(s.ID) <= MaxScopeIDBytes
	}
	return s.Kind != ScopeUser && s.Valid()
}

// String returns s as clients are told of it: the word of its kind, a colon, and a UUID in lower case or, of a topic, its
// text, in which what is no UTF-8 is replaced.
func (s Scope) String() string {
	words := [scopeKindCount]string{"inert", "project", "sprint", "item", "user", "topic"}
	word := "unknown"
	if s.Kind < scopeKindCount {
		word = words[s.Kind]
	}
	if s.Kind == ScopeTopic || len(s.ID) != 16 {
		return word + ":" + strings.ToValidUTF8(s.ID, "\uFFFD")
	}
	const digits = "0123456789abcdef"
	b := append(make([]byte, 0, len(word)+1+36), word...)
	b = append(b, ':')
	for i := range len(s.ID) {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, digits[s.ID[i]>>4], digits[s.ID[i]&15])
	}
	return string(b)
}

// AppendScope appends s as it stands in the scope list of emit to dst:
//
//	kind u8 | length of id u8 | id
func AppendScope(dst []byte, s Scope) []byte {
	dst = append(dst, byte(s.Kind), byte(len(s.ID)))
	return append(dst, s.ID...)
}

// NextScope takes the first scope off a scope list. It reports false at the end of the list or where it is malformed;
// rest is then what was not understood. id is a view.
func NextScope(list []byte) (kind ScopeKind, id, rest []byte, ok bool) {
	if len(list) < 2 || len(list) < 2+int(list[1]) {
		return 0, nil, list, false
	}
	end := 2 + int(list[1])
	return ScopeKind(list[0]), list[2:end], list[end:], true
}
