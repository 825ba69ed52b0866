package abi

// Code is the reason with which a handler refuses a call. Numbers are for good: append, never reuse.
type Code uint32

// The codes a handler may give to fail. Their words are what clients see.
const (
	CodeInvalidMessage Code = 1 // the message itself is not acceptable
	CodeValidation     Code = 2 // a field breaks a rule
	CodeNotFound       Code = 3 // a thing referred to does not exist
	CodeUnauthorized   Code = 4 // the user may not do this
	CodeConflict       Code = 5 // the thing is not in the state the caller believes
	CodeDeleteBlocked  Code = 6 // something still depends on the thing
	CodeDecode         Code = 7 // the payload's bytes are malformed
	CodeInternal       Code = 8 // the handler found its own data or logic broken
	codeCount               = 9
)

var codeWords = [codeCount]string{
	CodeInvalidMessage: "INVALID_MESSAGE",
	CodeValidation:     "VALIDATION_ERROR",
	CodeNotFound:       "NOT_FOUND",
	CodeUnauthorized:   "UNAUTHORIZED",
	CodeConflict:       "CONFLICT",
	CodeDeleteBlocked:  "DELETE_BLOCKED",
	CodeDecode:         "DECODE_ERROR",
	CodeInternal:       "INTERNAL_ERROR",
}

// Valid reports whether c is one of the codes above.
func (c Code) Valid() bool { return c > 0 && c < codeCount }

// String returns the word clients see, and "INTERNAL_ERROR" for a code that is not valid.
func (c Code) String() string {
	if !c.Valid() {
		c = CodeInternal
	}
	return codeWords[c]
}
