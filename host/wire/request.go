package wire

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/http"
)

// destination is where the first bytes of a new connection belong.
type destination uint8

const (
	undecided destination = iota
	toUpgrade
	toHTTP
)

// upgradeLine starts the request that this package answers itself; a space or '?' must follow.
const upgradeLine = "GET /ws"

// sort decides by the front of a request line.
func sort(b []byte) destination {
	n := min(len(b), len(upgradeLine))
	switch {
	case string(b[:n]) != upgradeLine[:n]:
		return toHTTP
	case len(b) <= len(upgradeLine):
		return undecided
	case b[n] == ' ' || b[n] == '?':
		return toUpgrade
	}
	return toHTTP
}

// headerEnd returns the length of the request header at the front of b, its blank line included, or 0 if that is not
// there yet. It looks from byte from-3 on. A line may end without a carriage return, as net/textproto takes it.
func headerEnd(b []byte, from int) int {
	for i := max(from-3, 0); ; i++ {
		line := bytes.IndexByte(b[i:], '\n')
		if line < 0 {
			return 0
		}
		i += line
		switch rest := b[i+1:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 2
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 3
		}
	}
}

// errHeaderTooLong is a request header of more than MaxHeaderBytes.
var errHeaderTooLong = errors.New("request header too long")

// classify decides where the first bytes of a connection belong, which are all of b; b[:seen] was looked at before. end is
// the length of the header, if it is an upgrade and the header is whole.
func classify(b []byte, seen, limit int) (to destination, end int, err error) {
	if to = sort(b); to != toUpgrade {
		return to, 0, nil
	}
	end = headerEnd(b, seen)
	if end > limit || (end == 0 && len(b) >= limit) {
		return to, 0, errHeaderTooLong
	}
	return to, end, nil
}

// readRequest reads from a new connection into buf until it knows where the connection belongs and, for an upgrade,
// until the whole header is there: end bytes of the have that were read. len(buf) is at least limit.
func readRequest(nc net.Conn, buf []byte, limit int) (to destination, have, end int, err error) {
	for {
		n, err := nc.Read(buf[have:])
		seen := have
		have += n
		if n == 0 && err != nil {
			return undecided, have, 0, err
		}
		to, end, err = classify(buf[:have], seen, limit)
		if err != nil || to == toHTTP || end > 0 {
			return to, have, end, err
		}
	}
}

// parseRequest reads a whole request header.
func parseRequest(header []byte) (*http.Request, error) {
	return http.ReadRequest(bufio.NewReaderSize(bytes.NewReader(header), len(header)))
}
