package board

import (
	"math"
	"strconv"

	"workcell/abi"
	"workcell/guests/guest"
)

// The texts of refusals are for people: short, and without anything a client did not say or may not know.

// readable refuses the call if Parse could not read its request. Parse is called on the message itself, not through the
// interface record: of what was turned into one, the linker keeps all methods, and nobody writes a request.
func readable(err error) error {
	if err != nil {
		return undecodable()
	}
	return nil
}

func undecodable() error { return guest.Refuse(abi.CodeDecode, "The message could not be read") }

// invalid refuses a value of a field.
//
//go:noinline
func invalid(field, message string) error {
	return guest.RefuseField(abi.CodeValidation, field, message)
}

// parseID reads a field that must hold a UUID.
func parseID(field, s string) (uuid, error) {
	id, ok := parseUUID(s)
	if !ok {
		return uuid{}, invalid(field, field+" is not a valid id")
	}
	return id, nil
}

// parseOptionalID reads a field that may be absent or empty, for none.
func parseOptionalID(field string, s *string) (id uuid, given bool, err error) {
	if s == nil || *s == "" {
		return uuid{}, false, nil
	}
	id, err = parseID(field, *s)
	return id, true, err
}

// checkVersion compares the version a caller believes in with the stored one.
func checkVersion(expected, stored int32) error {
	if expected == stored {
		return nil
	}
	return guest.Refuse(abi.CodeConflict,
		"Somebody else changed this: it is at version "+strconv.Itoa(int(stored))+" now. Reload and try again")
}

// nextVersion returns the version after v.
func nextVersion(v int32) (int32, error) {
	if v == math.MaxInt32 {
		return 0, guest.Refuse(abi.CodeConflict, "This cannot be changed any more: its version "+strconv.Itoa(int(v))+" is the last")
	}
	return v + 1, nil
}
