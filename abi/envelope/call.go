package envelope

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of the three messages for handlers that operators add:
//
//	call_request, call_reply   1 route string, 2 payload bytes
//	call_event                 1 route string, 2 scope string, 3 payload bytes
const (
	callRoute    protowire.Number = 1
	callPayload  protowire.Number = 2
	eventScope   protowire.Number = 2
	eventPayload protowire.Number = 3
)

// MaxRouteBytes is the longest name of a custom route.
const MaxRouteBytes = 128

// ReadCall takes the route and the payload out of a CallRequest: views into p. It does not allocate. It reports false if
// p is malformed; a route that is not there is empty, and may be anything else but invalid UTF-8: see ValidRoute.
func ReadCall(p []byte) (route, payload []byte, ok bool) {
	for len(p) > 0 {
		number, kind, n := protowire.ConsumeTag(p)
		if n < 0 || number > protowire.MaxValidNumber {
			return nil, nil, false
		}
		p = p[n:]
		switch {
		case number == callRoute && kind == protowire.BytesType:
			if route, n = protowire.ConsumeBytes(p); !utf8.Valid(route) {
				return nil, nil, false
			}
		case number == callPayload && kind == protowire.BytesType:
			payload, n = protowire.ConsumeBytes(p)
		default:
			n = protowire.ConsumeFieldValue(number, kind, p)
		}
		if n < 0 {
			return nil, nil, false
		}
		p = p[n:]
	}
	return route, payload, true
}

// ValidRoute reports whether name can be that of a custom route: 1 to MaxRouteBytes of a-z 0-9 . _ - /.
func ValidRoute(name []byte) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' && c != '/' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= MaxRouteBytes
}

// AppendCallReply appends a CallReply to dst.
func AppendCallReply(dst []byte, route string, payload []byte) []byte {
	return appendCallPayload(appendText(dst, callRoute, route), callPayload, payload)
}

// AppendCallEvent appends a CallEvent to dst.
func AppendCallEvent(dst []byte, route, scope string, payload []byte) []byte {
	dst = appendText(appendText(dst, callRoute, route), eventScope, scope)
	return appendCallPayload(dst, eventPayload, payload)
}

// appendCallPayload appends a field, or nothing if it is empty.
func appendCallPayload(dst []byte, number protowire.Number, payload []byte) []byte {
	if len(payload) == 0 {
		return dst
	}
	return appendBytes(dst, number, payload)
}
