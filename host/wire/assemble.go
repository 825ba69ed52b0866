package wire

import (
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// event is what a run of bytes completed. Its payload is unmasked.
type event struct {
	kind    eventKind
	payload []byte // a view into the input or the assembler, valid until release or next
}

type eventKind uint8

const (
	nothing eventKind = iota // the bytes ended first
	binaryMessage
	textMessage // checked; without keepText it has no payload
	ping
	pong
	closing
)

// assembler turns the bytes of one client into messages and control frames. It knows no socket and no clock: next is a
// function of its state and its input. What a message needs is allocated as its bytes arrive, whatever its headers
// declare. One goroutine at a time.
type assembler struct {
	maxBytes int  // of a message
	keepText bool // text messages have payloads

	partial [ws.MaxHeaderSize]byte // a header whose end has not arrived
	nPart   int

	inFrame bool // the header is read and left bytes of payload are missing
	header  ws.Header
	left    int
	pos     int // bytes of payload that were unmasked

	op      ws.OpCode // of the message whose fragments are arriving; 0 is none
	size    int       // its bytes so far
	message []byte    // those bytes, if they are kept
	text    utf8Check

	control  [ws.MaxControlFramePayloadSize]byte
	nControl int
}

// next consumes bytes from the front of in, at most up to the end of a message or control frame, and returns the rest.
// It unmasks in place: what it consumed is changed. After a message release must come before the next call. After
// a violation the assembler must not be used again.
func (a *assembler) next(in []byte) (rest []byte, ev event, bad *violation) {
	for {
		if !a.inFrame {
			if in, bad = a.readHeader(in); bad != nil || !a.inFrame {
				return in, event{}, bad
			}
		}
		if a.header.Fin && a.pos == 0 && len(in) >= a.left &&
			(a.header.OpCode == ws.OpBinary || a.header.OpCode == ws.OpText) {
			return a.whole(in)
		}
		chunk := in[:min(a.left, len(in))]
		in = in[len(chunk):]
		ws.Cipher(chunk, a.header.Mask, a.pos)
		a.pos += len(chunk)
		a.left -= len(chunk)
		if bad = a.take(chunk); bad != nil {
			return in, event{}, bad
		}
		if a.left > 0 {
			return in, event{}, nil
		}
		a.inFrame = false
		if ev, bad = a.endFrame(); bad != nil || ev.kind != nothing {
			return in, ev, bad
		}
	}
}

// whole hands out a message in one frame that is here already: the input itself.
func (a *assembler) whole(in []byte) (rest []byte, ev event, bad *violation) {
	ev = event{binaryMessage, in[:a.left:a.left]}
	rest = in[a.left:]
	ws.Cipher(ev.payload, a.header.Mask, 0)
	a.inFrame, a.op, a.size = false, 0, 0
	if a.header.OpCode == ws.OpText {
		if !utf8.Valid(ev.payload) {
			return rest, event{}, &violation{CloseInvalidData, "text message is not UTF-8"}
		}
		ev.kind = textMessage
		if !a.keepText {
			ev.payload = nil
		}
	}
	return rest, ev, nil
}

// midway reports whether a frame or a message has begun that has not ended.
func (a *assembler) midway() bool { return a.inFrame || a.nPart > 0 || a.op != 0 }

// readHeader consumes a header, or what there is of it. Afterwards inFrame says whether it is complete.
func (a *assembler) readHeader(in []byte) ([]byte, *violation) {
	h, size := parseHeader(in)
	if a.nPart > 0 || size == 0 {
		added := copy(a.partial[a.nPart:], in)
		h, size = parseHeader(a.partial[:a.nPart+added])
		if size == 0 {
			a.nPart += added
			return in[added:], nil
		}
		size -= a.nPart
		a.nPart = 0
	}
	state := ws.StateServerSide
	if a.op != 0 {
		state |= ws.StateFragmented
	}
	if h.Length < 0 { // section 5.2: the most significant bit must be 0
		return in, &violation{CloseProtocolError, "frame length has its highest bit set"}
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return in, &violation{CloseProtocolError, err.Error()}
	}
	if !h.OpCode.IsControl() {
		if h.Length > int64(a.maxBytes-a.size) {
			return in, &violation{CloseTooBig, "message too big"}
		}
		if h.OpCode != ws.OpContinuation {
			a.op = h.OpCode
		}
		a.size += int(h.Length)
	}
	a.inFrame, a.header, a.left, a.pos, a.nControl = true, h, int(h.Length), 0, 0
	return in[size:], nil
}

// take keeps unmasked payload bytes of the current frame.
func (a *assembler) take(chunk []byte) *violation {
	switch {
	case a.header.OpCode.IsControl():
		a.nControl += copy(a.control[a.nControl:], chunk)
		return nil
	case a.op == ws.OpText:
		if !a.text.feed(chunk) {
			return &violation{CloseInvalidData, "text message is not UTF-8"}
		}
	}
	if len(chunk) > 0 && (a.op == ws.OpBinary || a.keepText) {
		a.message = append(grow(a.message, len(chunk), a.maxBytes), chunk...)
	}
	return nil
}

// endFrame returns what the frame that just ended completes.
func (a *assembler) endFrame() (event, *violation) {
	switch a.header.OpCode {
	case ws.OpPing:
		return event{ping, a.control[:a.nControl]}, nil
	case ws.OpPong:
		return event{pong, a.control[:a.nControl]}, nil
	case ws.OpClose:
		return event{closing, a.control[:a.nControl]}, nil
	}
	if !a.header.Fin {
		return event{}, nil
	}
	op := a.op
	a.op, a.size = 0, 0
	if op == ws.OpText {
		if !a.text.whole() {
			return event{}, &violation{CloseInvalidData, "text message ends inside a character"}
		}
		return event{textMessage, a.message}, nil
	}
	return event{binaryMessage, a.message}, nil
}

// release ends the loan of a message's payload, or gives up an unfinished message at the end of a connection.
func (a *assembler) release() {
	releaseBuffer(a.message)
	a.message = nil
}
