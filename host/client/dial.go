package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// maxMessageBytes is the longest message taken from a server.
const maxMessageBytes = 64 << 20

// Options say who connects and what happens to incoming messages. The zero value is a client without identity.
type Options struct {
	// User becomes the query parameter user_id, by which a server without tokens knows its users. Empty: none.
	User string
	// Token becomes the header "Authorization: Bearer". Empty: none.
	Token string
	// TLS says which servers to trust where the URL says wss; see Trust. Nil: those that the system trusts.
	TLS *tls.Config
	// Header holds further request headers of the upgrade. It is not changed.
	Header http.Header

	// Tap is called with every binary message before anything else is done with it, in order of arrival, on the
	// Client's reader goroutine: while it runs nothing is received. It borrows raw until it returns. Nil: no tap.
	// A Raw has no tap.
	Tap func(raw []byte)
	// EventLimit is the number of events kept for NextEvent and TakeEvents. The buffer grows as needed; one event
	// more than the limit ends the connection with ErrEventOverflow, because a client that loses events silently is
	// worse. 0: 65536. Negative: keep none, for clients that only look at replies or use Tap.
	EventLimit int
}

const defaultEventLimit = 1 << 16

// connect performs the upgrade. The connection does not depend on ctx afterwards.
func connect(ctx context.Context, address string, opts Options) (*websocket.Conn, error) {
	target, err := endpoint(address, opts.User)
	if err != nil {
		return nil, err
	}
	header := opts.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if opts.Token != "" {
		header.Set("Authorization", "Bearer "+opts.Token)
	}
	// A transport of its own, without idle connections, leaves no goroutine behind when the upgrade is refused.
	// Redirects are refusals: a token must not travel to where we were not sent by the caller.
	dialer := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSClientConfig: opts.TLS},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	conn, response, err := websocket.Dial(ctx, target.String(), &websocket.DialOptions{
		HTTPClient: dialer,
		HTTPHeader: header,
	})
	if err == nil {
		conn.SetReadLimit(maxMessageBytes)
		return conn, nil
	}
	// The query may hold a token; it stays out of the text.
	where := target.Scheme + "://" + target.Host + target.Path
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
		refused := &RefusedError{Status: response.StatusCode, Body: strings.TrimSpace(string(body))}
		return nil, fmt.Errorf("connect to %s: %w", where, refused)
	}
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err
	}
	return nil, fmt.Errorf("connect to %s: %w", where, err)
}

// endpoint returns the URL to connect to: address with the path /ws if it has none, and with user in the query.
func endpoint(address, user string) (*url.URL, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("server URL: %w", root(err))
	}
	switch target.Scheme {
	case "ws", "wss", "http", "https":
	default:
		return nil, fmt.Errorf("server URL %q does not start with ws:// or wss://", address)
	}
	if target.Host == "" {
		return nil, fmt.Errorf("server URL %q names no host; write ws://127.0.0.1:8080/ws", address)
	}
	if target.Path == "" || target.Path == "/" {
		target.Path = "/ws"
	}
	if user != "" {
		query := target.Query()
		query.Set("user_id", user)
		target.RawQuery = query.Encode()
	}
	return target, nil
}
