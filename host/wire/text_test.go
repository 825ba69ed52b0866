package wire

import (
	"strings"
	"testing"
)

// reader is a session that echoes text messages, too.
type reader struct{ echo }

func (r *reader) TextMessage(payload []byte) { r.conn.ReplyText(payload) }

func startReader(t *testing.T) *rig {
	t.Helper()
	return start(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &reader{echo{conn, make(chan CloseReason, 1)}}, nil
	}), nil)
}

// RFC 6455 section 8.1, with the texts of section 6 of the Autobahn suite: each is sent whole, in two fragments cut at
// every byte, and one byte at a time.
func TestTextMessages(t *testing.T) {
	const good, bad = true, false
	tests := []struct {
		name string
		text string
		ok   bool
	}{
		{"nothing", "", good},
		{"ASCII", "Hello-world", good},
		{"two bytes a character", "\u00b5\u00df\u00f6\u00e4\u00fc", good},
		{"Greek with a mark", "\u03ba\u1f79\u03c3\u03bc\u03b5", good},
		{"the zero character", "\x00", good},
		{"the first of two bytes", "\u0080", good},
		{"the first of three bytes", "\u0800", good},
		{"the first of four bytes", "\U00010000", good},
		{"the last of one byte", "\x7f", good},
		{"the last of two bytes", "\u07ff", good},
		{"the last of three bytes", "\uffff", good},
		{"the last of all", "\U0010ffff", good},
		{"before the surrogates", "\ud7ff", good},
		{"behind the surrogates", "\ue000", good},
		{"the replacement character", "\ufffd", good},
		{"a character that is none, but valid", "\ufffe", good},
		{"a lone continuation", "\x80", bad},
		{"two lone continuations", "a\x80\xbf", bad},
		{"a start without its end", "\xc3(", bad},
		{"three bytes without the last", "\xe2\x82a", bad},
		{"four bytes without the last", "\xf0\x90\x80a", bad},
		{"FE", "\xfe", bad},
		{"FF", "\xff", bad},
		{"an overlong slash in two bytes", "\xc0\xaf", bad},
		{"an overlong slash in three bytes", "\xe0\x80\xaf", bad},
		{"an overlong slash in four bytes", "\xf0\x80\x80\xaf", bad},
		{"an overlong zero", "\xc0\x80", bad},
		{"the largest overlong of three bytes", "\xe0\x9f\xbf", bad},
		{"a surrogate", "\xed\xa0\x80", bad},
		{"the last surrogate", "\xed\xbf\xbf", bad},
		{"a pair of surrogates", "\xed\xa0\x80\xed\xb0\x80", bad},
		{"beyond the last", "\xf4\x90\x80\x80", bad},
		{"five bytes", "\xf8\x88\x80\x80\x80", bad},
		{"six bytes", "\xfc\x84\x80\x80\x80\x80", bad},
		{"bad in the middle", "\u03ba\u1f79\u03c3\u03bc\u03b5\xed\xa0\x80edited", bad},
		{"the end is missing", "\u03ba\u1f79\u03c3\xce", bad},
	}
	r := startReader(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ways := [][]byte{rawFrame(0x81, tt.text)}
			for cut := range len(tt.text) {
				ways = append(ways, join(rawFrame(0x01, tt.text[:cut]), rawFrame(0x80, tt.text[cut:])))
			}
			pieces := [][]byte{rawFrame(0x01, "")}
			for i := range len(tt.text) {
				pieces = append(pieces, rawFrame(0x00, tt.text[i:i+1]))
			}
			ways = append(ways, join(append(pieces, rawFrame(0x80, ""))...))
			c := r.upgraded(t)
			for _, way := range ways {
				c.write(way)
				if tt.ok {
					c.wantFrame(opText, tt.text)
					continue
				}
				c.wantClose(1007)
				c.wantEnd()
				c = r.upgraded(t)
			}
		})
	}
}

// Section 8.1 allows to wait for the end of a bad text; we do not.
func TestBadTextFailsFast(t *testing.T) {
	r := startReader(t)
	for _, send := range [][]byte{
		rawFrame(0x01, "good\xff"),                                                   // the message goes on
		append(rawHeader(0x81, true, 1000), masked("good\xf4\x90")...),               // the frame does
		join(rawFrame(0x01, "good\xf4"), rawFrame(0x89, ""), rawFrame(0x00, "\x90")), // it took two fragments to see
	} {
		c := r.upgraded(t)
		c.write(send)
		for {
			f, err := c.frame()
			if err != nil || (f.b0 != 0x8a && f.b0 != 0x88) {
				t.Fatalf("got %v, %v", f, err)
			}
			if f.b0 == 0x88 {
				break
			}
		}
	}
}

// Section 10 of the Autobahn suite: 65 536 bytes in fragments of every size that is a power of 2 from 64 on.
func TestManyFragments(t *testing.T) {
	r := startReader(t)
	text := strings.Repeat("0123456789abcdef", 1<<12)
	for size := 64; size <= len(text); size *= 2 {
		var all []byte
		for at := 0; at < len(text); at += size {
			b0 := byte(0)
			if at == 0 {
				b0 |= opText
			}
			if at+size >= len(text) {
				b0 |= 0x80
			}
			all = append(all, rawFrame(b0, text[at:at+size])...)
		}
		c := r.upgraded(t)
		c.write(all)
		c.wantFrame(opText, text)
		c.nc.Close()
	}
}
