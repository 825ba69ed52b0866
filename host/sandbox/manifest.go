package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"workcell/abi"
	"workcell/abi/envelope"
)

// parseManifest reads and checks what workcell_describe wrote. It reports every problem at once.
func parseManifest(document []byte) (*abi.Manifest, error) {
	var m abi.Manifest
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("not the JSON object that workcell_describe should write: %w", err)
	}
	if d.More() {
		return nil, errors.New("more than one JSON object")
	}
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if m.ABI != abi.Version {
		report("abi is %d, want %d", m.ABI, abi.Version)
	}
	if !isName(m.Name) {
		report("name %q is not 1 to 64 characters of a-z 0-9 - _", m.Name)
	}
	if m.Version == "" || len(m.Version) > 64 {
		report("version is missing or longer than 64 bytes")
	}
	checkDataSets(m.DataSets, report)
	checkRoutes(m.Routes, report)
	return &m, errors.Join(problems...)
}

func checkDataSets(sets []abi.DataSet, report func(string, ...any)) {
	seen := map[string]bool{}
	for _, set := range sets {
		if !isName(set.Name) {
			report("data set %q is not 1 to 64 characters of a-z 0-9 - _", set.Name)
		}
		if seen[set.Name] {
			report("data set %q is declared twice", set.Name)
		}
		seen[set.Name] = true
		if set.Access != abi.AccessRead && set.Access != abi.AccessWrite {
			report("access %q of data set %q is neither read nor write", set.Access, set.Name)
		}
		for _, version := range append([]uint32{set.Writes}, set.Reads...) {
			if version > 255 {
				report("record version %d of data set %q is more than 255: it is a byte", version, set.Name)
			}
		}
		if slices.Contains(set.Reads, 0) {
			report("data set %q reads record version 0: versions begin with 1", set.Name)
		}
		if set.Access == abi.AccessRead && set.Writes != 0 {
			report("data set %q is declared for reading and for records of version %d: leave out writes", set.Name, set.Writes)
		}
	}
}

func checkRoutes(routes []abi.Route, report func(string, ...any)) {
	if len(routes) == 0 {
		report("it declares no route")
	}
	seen, names := map[uint32]bool{}, map[string]uint32{}
	for _, r := range routes {
		if seen[r.ID] {
			report("route %d is declared twice", r.ID)
		}
		seen[r.ID] = true
		if r.ID >= abi.FirstCustomRoute {
			checkName(&r, names, report)
		} else if r.Name == "" || len(r.Name) > envelope.MaxRouteBytes {
			report("route %d needs a name of 1 to %d bytes", r.ID, envelope.MaxRouteBytes)
		}
		switch r.Kind {
		case abi.KindRead, abi.KindWrite:
			if !isMessage(r.ID) && r.ID < abi.FirstCustomRoute {
				report("route %d is neither a message of the protocol (10 to 999) nor a custom route (from %d on)", r.ID, abi.FirstCustomRoute)
			}
		case abi.KindInternal:
			if r.ID < abi.RouteSessionOpened || r.ID > abi.RouteRetention {
				report("internal route %d is not one the host calls", r.ID)
			}
		default:
			report("kind %q of route %d is none of read, write, internal", r.Kind, r.ID)
		}
		if r.Kind == abi.KindRead && len(r.Events) > 0 {
			report("route %d only reads, so it cannot have events: make it a write", r.ID)
		}
		checkPayloads(&r, report)
	}
}

// checkName checks the name by which clients call a custom route. names are those seen so far.
func checkName(r *abi.Route, names map[string]uint32, report func(string, ...any)) {
	if !envelope.ValidRoute([]byte(r.Name)) {
		report("route %d needs a name that clients can call it by, 1 to %d characters of a-z 0-9 . _ - /: %q is none", r.ID, envelope.MaxRouteBytes, r.Name)
	}
	if other, taken := names[r.Name]; taken {
		report("routes %d and %d are both called %q", other, r.ID, r.Name)
	}
	names[r.Name] = r.ID
}

// checkPayloads checks in which payload fields a route answers and emits: the custom ones carry the name of a custom route,
// so no other route has them.
func checkPayloads(r *abi.Route, report func(string, ...any)) {
	custom := r.ID >= abi.FirstCustomRoute
	switch {
	case r.Reply == 0 || custom && r.Reply == envelope.CallReply || !custom && isMessage(r.Reply):
	case custom:
		report("route %d replies in payload field %d: a custom route replies in %d, or without payload (0)", r.ID, r.Reply, envelope.CallReply)
	default:
		report("route %d replies in payload field %d: a route of the protocol replies in one of its messages (10 to 999), or without payload (0)", r.ID, r.Reply)
	}
	for _, event := range r.Events {
		if !isMessage(event) && (!custom || event != envelope.CallEvent) {
			report("route %d emits payload field %d: events are messages of the protocol (10 to 999), for a custom route also %d", r.ID, event, envelope.CallEvent)
		}
	}
}

// isMessage reports whether n can be the number of a message of the wire protocol.
func isMessage(n uint32) bool { return n >= 10 && n <= 999 }

func isName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
