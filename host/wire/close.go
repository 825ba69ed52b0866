package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// CloseCode is the status of a close frame (RFC 6455 section 7.4).
type CloseCode uint16

const (
	CloseNormal        CloseCode = 1000
	CloseGoingAway     CloseCode = 1001
	CloseProtocolError CloseCode = 1002
	CloseNoStatus      CloseCode = 1005 // the peer's close frame had no code; never sent
	CloseAbnormal      CloseCode = 1006 // the connection ended without a close frame; never sent
	CloseInvalidData   CloseCode = 1007
	ClosePolicy        CloseCode = 1008
	CloseTooBig        CloseCode = 1009
	CloseTryLater      CloseCode = 1013
)

// CloseReason says why a connection ended: the first cause that was seen.
type CloseReason struct {
	Code CloseCode
	Text string
	// Remote is true if the client ended the connection with a close frame. If it is false and Code is CloseAbnormal
	// the transport ended it, and Err says how; any other code is ours.
	Remote bool
	Err    error
}

func (r CloseReason) String() string {
	switch {
	case r.Remote:
		return fmt.Sprintf("closed by the client: %d %q", r.Code, r.Text)
	case r.Err != nil:
		return fmt.Sprintf("connection lost: %v", r.Err)
	}
	return fmt.Sprintf("closed by the server: %d %q", r.Code, r.Text)
}

// maxCloseText is what a control frame of 125 bytes leaves for the reason.
const maxCloseText = 123

// closeFrame encodes a close frame. A text that is too long is cut, never inside a character.
func closeFrame(code CloseCode, text string) []byte {
	if len(text) > maxCloseText {
		text = text[:maxCloseText]
		for len(text) > 0 {
			if r, n := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || n != 1 {
				break
			}
			text = text[:len(text)-1]
		}
	}
	body := binary.BigEndian.AppendUint16(make([]byte, 0, maxCloseText+2), uint16(code))
	return controlFrame(ws.OpClose, append(body, text...))
}

// closeEcho encodes the answer to a client's close frame: the same code without the text, or no code if it had none.
func closeEcho(code CloseCode) []byte {
	if code == CloseNoStatus {
		return controlFrame(ws.OpClose, nil)
	}
	return closeFrame(code, "")
}

// parseClose reads the payload of a client's close frame. It borrows payload until return.
func parseClose(payload []byte) (CloseCode, string, *violation) {
	switch {
	case len(payload) == 0:
		return CloseNoStatus, "", nil
	case len(payload) == 1: // section 5.5.1: a body starts with a 2-byte code
		return 0, "", &violation{CloseProtocolError, "close frame with half a code"}
	}
	code := CloseCode(binary.BigEndian.Uint16(payload))
	if !mayArrive(code) {
		return 0, "", &violation{CloseProtocolError, "close code is not for use on the wire"}
	}
	if !utf8.Valid(payload[2:]) { // section 8.1
		return 0, "", &violation{CloseInvalidData, "close reason is not UTF-8"}
	}
	return code, string(payload[2:]), nil
}

// mayArrive reports whether a close frame may carry code: the registered ones but 1004, 1005, 1006 and 1015, and the
// ranges for libraries (3000) and applications (4000). RFC 6455 section 7.4 and the IANA registry.
func mayArrive(code CloseCode) bool {
	switch {
	case code >= 3000:
		return code < 5000
	case code >= 1007:
		return code <= 1014
	}
	return code >= 1000 && code <= 1003
}

// violation is a breach of the protocol by the client: the close frame that answers it.
type violation struct {
	code CloseCode
	text string
}
