package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

var (
	// ErrClosed says that this side ended the connection, by Close or Abort.
	ErrClosed = errors.New("client is closed")
	// ErrLost says that the connection ended without a close frame: the server died, or the network did.
	ErrLost = errors.New("connection lost")
	// ErrDuplicateID says that a request with the same message id still waits for its reply on this connection.
	ErrDuplicateID = errors.New("a request with this message id is already waiting")
	// ErrEventOverflow says that nobody took the events and their number passed Options.EventLimit.
	ErrEventOverflow = errors.New("too many events that nobody took; read them faster or raise the limit")
	// ErrProtocol says that the server sent what no server may send. The connection is closed.
	ErrProtocol = errors.New("protocol error by the server")
)

// ReplyError is a reply of type Error: the server received the request and refused it, or failed.
type ReplyError struct {
	Code    string // stable machine word, such as VALIDATION_ERROR
	Message string // text for people
	Field   string // the request field at fault; empty when the server named none
}

// Error returns code, text and field in one line.
func (e *ReplyError) Error() string {
	text := e.Code + ": " + e.Message
	if e.Field != "" {
		text += " (field " + e.Field + ")"
	}
	return text
}

// CloseError is a close frame from the server.
type CloseError struct {
	Code   int    // RFC 6455 section 7.4; 1005 when the frame carried none
	Reason string // may be empty
}

// Error names the code in words where RFC 6455 has some.
func (e *CloseError) Error() string {
	text := fmt.Sprintf("server closed the connection: %d", e.Code)
	if name, ok := closeNames[e.Code]; ok {
		text += " " + name
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// closeNames is never changed.
var closeNames = map[int]string{
	1000: "normal closure",
	1001: "going away",
	1002: "protocol error",
	1003: "unsupported data",
	1005: "without a code",
	1007: "invalid data",
	1008: "policy violation",
	1009: "message too big",
	1011: "internal error",
	1012: "service restart",
	1013: "try again later",
}

// RefusedError is the server's HTTP answer to an upgrade that it did not grant.
type RefusedError struct {
	Status int    // HTTP status
	Body   string // the first 1024 bytes of the answer, trimmed
}

// Error returns status and text, and a hint for the statuses that an operator can do something about.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("server refused the connection: %d %s", e.Status, http.StatusText(e.Status))
	if e.Body != "" {
		text += ": " + strings.Join(strings.Fields(e.Body), " ")
	}
	switch e.Status {
	case http.StatusUnauthorized:
		text += "; check the token, and that it has not expired"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		text += "; check the URL, whose path is usually /ws"
	case http.StatusServiceUnavailable:
		text += "; it has no room for another connection, try again later"
	}
	return text
}

// explain turns an error of the library into one of ours.
func explain(err error) error {
	var frame websocket.CloseError
	switch {
	case errors.As(err, &frame):
		return &CloseError{Code: int(frame.Code), Reason: frame.Reason}
	case errors.Is(err, websocket.ErrMessageTooBig):
		return fmt.Errorf("%w: a message of more than %d bytes", ErrProtocol, maxMessageBytes)
	}
	return fmt.Errorf("%w: %w", ErrLost, root(err))
}

// root returns the innermost error of a chain: the library prefixes "failed to" at every step.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
