// Package fault is the taxonomy of what can go wrong with a message: one Kind for each way, and beside it, in one table,
// what a client is told and who has to care.
//
// Storage, sandbox and handlers return errors of their own; host/dispatch turns each into a Fault in one place.
package fault

import "net/http"

// Kind is a way in which a message can fail.
type Kind uint8

// The kinds. Their order is the order of the table below.
const (
	// Malformed: the bytes are no envelope, or a payload its handler cannot read.
	Malformed Kind = iota
	// Invalid: the envelope is fine, its content is not acceptable as a request.
	Invalid
	// NotFound: there is no handler for a custom route.
	NotFound
	// Rejected: the handler refused by design; its own code is the one that counts.
	Rejected
	// Contended: the call lost against concurrent commits too often.
	Contended
	// Exhausted: a queue, gate or quota is full.
	Exhausted
	// Trapped: the guest ended abnormally.
	Trapped
	// OutOfFuel: the guest used up its fuel.
	OutOfFuel
	// Deadline: the message could not be finished in time. Nothing was stored.
	Deadline
	// Corrupt: a stored record is damaged.
	Corrupt
	// Storage: an I/O error before anything was written.
	Storage
	// Unavailable: breaker open, draining or read-only. Nothing was tried.
	Unavailable
	// Uncertain: the commit was applied, its sync failed.
	Uncertain
	// Canceled: the client is gone; nobody is told.
	Canceled
	// Internal: a mistake of the host.
	Internal
	kindCount
)

// row says what a Kind means outside the host.
type row struct {
	name    string
	code    string
	status  int
	message string
}

var rows = [kindCount]row{
	Malformed:   {"malformed", "DECODE_ERROR", http.StatusBadRequest, "The message cannot be decoded"},
	Invalid:     {"invalid", "INVALID_MESSAGE", http.StatusBadRequest, "The message is not acceptable"},
	NotFound:    {"not_found", "NOT_FOUND", http.StatusNotFound, "The route was not found"},
	Rejected:    {"rejected", "INTERNAL_ERROR", http.StatusBadRequest, "The request was refused"},
	Contended:   {"contended", "OVERLOADED", http.StatusServiceUnavailable, "Too many changes to the same thing at once, please retry shortly"},
	Exhausted:   {"exhausted", "OVERLOADED", http.StatusServiceUnavailable, "The server is busy, please retry shortly"},
	Trapped:     {"trapped", "HANDLER_TRAP", http.StatusInternalServerError, "The handler failed; nothing was stored"},
	OutOfFuel:   {"out_of_fuel", "HANDLER_FUEL", http.StatusInternalServerError, "The request takes more work than allowed; nothing was stored"},
	Deadline:    {"deadline", "TIMEOUT", http.StatusServiceUnavailable, "The request took too long; nothing was stored"},
	Corrupt:     {"corrupt", "DATABASE_ERROR", http.StatusInternalServerError, "Stored data cannot be read"},
	Storage:     {"storage", "DATABASE_ERROR", http.StatusServiceUnavailable, "The storage failed; nothing was stored"},
	Unavailable: {"unavailable", "SERVICE_UNAVAILABLE", http.StatusServiceUnavailable, "The service is not available"},
	Uncertain:   {"uncertain", "UNCERTAIN", http.StatusServiceUnavailable, "The change could not be confirmed, please retry with the same message id"},
	Canceled:    {"canceled", "INTERNAL_ERROR", http.StatusServiceUnavailable, "The request was abandoned"},
	Internal:    {"internal", "INTERNAL_ERROR", http.StatusInternalServerError, "The server failed to handle the request"},
}

// String returns the name of k as logs and metrics show it.
func (k Kind) String() string { return rows[k].name }

// Code returns the code clients see.
func (k Kind) Code() string { return rows[k].code }

// Status returns the HTTP status that fits k.
func (k Kind) Status() int { return rows[k].status }

// Fault is why a message was not answered as asked. Code, Field and Message go to the client and are neutral; Cause is
// for the log.
type Fault struct {
	Kind    Kind
	Code    string // "" means Kind's own
	Field   string
	Message string // "" means Kind's own
	Cause   error
}

// New returns a Fault with Kind's own code and message.
func New(kind Kind, cause error) *Fault { return &Fault{Kind: kind, Cause: cause} }

// Refuse returns a Fault with a message that says what to do.
func Refuse(kind Kind, message string) *Fault { return &Fault{Kind: kind, Message: message} }

// WireCode returns the code for the client.
func (f *Fault) WireCode() string {
	if f.Code != "" {
		return f.Code
	}
	return f.Kind.Code()
}

// Text returns the message for the client.
func (f *Fault) Text() string {
	if f.Message != "" {
		return f.Message
	}
	return rows[f.Kind].message
}

// Error describes the Fault for the log.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return f.Kind.String() + ": " + f.Cause.Error()
	}
	return f.Kind.String() + ": " + f.Text()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }
