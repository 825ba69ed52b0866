package wire

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
)

// Acceptor decides who may connect.
type Acceptor interface {
	// Accept is called for an upgrade request whose form is right, on a goroutine of its own. It returns the session
	// that gets the connection's messages; the Conn may be used at once. An error refuses the request: a *Refusal with
	// its status, any other with 500; the Conn is dead then.
	Accept(req *Request, conn *Conn) (Session, error)
}

// Request is what an Acceptor may know of an upgrade request. It owns its memory.
type Request struct {
	Query         url.Values // decoded, valid UTF-8
	Authorization string     // the header's value, "" if there is none
	Origin        string
	RemoteAddr    string // of the socket, host:port
}

// Refusal is an Acceptor's no: the HTTP status of an answer without a body.
type Refusal struct {
	Status int
}

func (r *Refusal) Error() string {
	return "upgrade refused: " + strconv.Itoa(r.Status) + " " + http.StatusText(r.Status)
}

// answer is an HTTP response that refuses an upgrade.
type answer struct {
	status int
	text   string
	header [2]string // one more header field, if its name is not empty
}

// checkUpgrade reads an upgrade request (RFC 6455 section 4.2.1). It returns what the Acceptor may see and the key to be
// answered, or the refusal.
func checkUpgrade(r *http.Request) (*Request, string, *answer) {
	bad := func(text string) (*Request, string, *answer) {
		return nil, "", &answer{status: http.StatusBadRequest, text: text}
	}
	keys := r.Header["Sec-Websocket-Key"]
	switch {
	case r.Host == "":
		return bad("missing Host header")
	case !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade"):
		return bad("Connection header does not ask for an upgrade")
	case !httpguts.HeaderValuesContainsToken(r.Header["Upgrade"], "websocket"):
		return bad("Upgrade header does not ask for websocket")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		_, _, no := bad("Sec-WebSocket-Version is not 13")
		no.header = [2]string{"Sec-WebSocket-Version", "13"} // section 4.4
		return nil, "", no
	case len(keys) != 1 || !validKey(keys[0]):
		return bad("Sec-WebSocket-Key is not 16 bytes of base64")
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		return bad("an upgrade request has no body") // its bytes would be taken for frames
	case r.ProtoMajor != 1 || r.ProtoMinor < 1:
		return nil, "", &answer{
			status: http.StatusUpgradeRequired,
			text:   "WebSocket needs HTTP/1.1",
			header: [2]string{"Upgrade", "websocket"},
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !validText(query) {
		return bad("query cannot be decoded")
	}
	return &Request{
		Query:         query,
		Authorization: r.Header.Get("Authorization"),
		Origin:        r.Header.Get("Origin"),
	}, keys[0], nil
}

func validKey(key string) bool {
	raw, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(raw) == 16
}

func validText(query url.Values) bool {
	for name, values := range query {
		for _, v := range values {
			if !utf8.ValidString(v) {
				return false
			}
		}
		if !utf8.ValidString(name) {
			return false
		}
	}
	return true
}

// appendSwitch appends the answer that makes the connection a WebSocket: no subprotocol, no extension.
func appendSwitch(dst []byte, key string) []byte {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // section 1.3
	dst = append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	dst = base64.StdEncoding.AppendEncode(dst, sum[:])
	return append(dst, "\r\n\r\n"...)
}

// append appends the refusal as the last response of a connection.
func (a *answer) append(dst []byte) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(a.status), 10)
	dst = append(dst, ' ')
	dst = append(dst, http.StatusText(a.status)...)
	dst = append(dst, "\r\nDate: "...)
	dst = time.Now().UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "\r\nConnection: close\r\n"...)
	if a.header[0] != "" {
		dst = append(append(append(append(dst, a.header[0]...), ": "...), a.header[1]...), "\r\n"...)
	}
	if a.text == "" {
		return append(dst, "Content-Length: 0\r\n\r\n"...)
	}
	dst = append(dst, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(a.text)+1), 10)
	dst = append(dst, "\r\n\r\n"...)
	dst = append(dst, a.text...)
	return append(dst, '\n')
}

// write gives the refusal through net/http, which may keep the connection.
func (a *answer) write(w http.ResponseWriter) {
	if a.header[0] != "" {
		w.Header().Set(a.header[0], a.header[1])
	}
	if a.text != "" {
		http.Error(w, a.text, a.status)
		return
	}
	w.WriteHeader(a.status)
}
