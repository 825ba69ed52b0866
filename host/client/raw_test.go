package client_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/coder/websocket"

	"workcell/host/client"
)

func dialRaw(t *testing.T, url string) *client.Raw {
	t.Helper()
	raw, err := client.DialRaw(t.Context(), url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(raw.Abort)
	return raw
}

func TestRawCarriesExactBytes(t *testing.T) {
	raw := dialRaw(t, serve(t, func(p *peer) {
		for range 3 {
			kind, message, err := p.conn.Read(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			p.sendBytes(websocket.MessageBinary, append([]byte{byte(kind)}, message...))
		}
	}))
	for _, test := range []struct {
		kind    client.MessageType
		message []byte
	}{
		{client.Binary, []byte{0xff, 0x00}},
		{client.Text, []byte("text")},
		{client.Binary, nil},
	} {
		if err := raw.SendBytes(t.Context(), test.kind, test.message); err != nil {
			t.Fatal(err)
		}
		got, err := raw.Receive(t.Context())
		if want := append([]byte{byte(test.kind)}, test.message...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %x, %v; want %x", got, err, want)
		}
	}
}

func TestRawReportsHowTheConnectionEnded(t *testing.T) {
	raw := dialRaw(t, serve(t, func(p *peer) { p.conn.Close(websocket.StatusMessageTooBig, "16 MiB") }))
	_, err := raw.Receive(t.Context())
	if frame, ok := errors.AsType[*client.CloseError](err); !ok || *frame != (client.CloseError{Code: 1009, Reason: "16 MiB"}) {
		t.Errorf("close frame: %v", err)
	}
	raw = dialRaw(t, serve(t, func(p *peer) { p.conn.CloseNow() }))
	if _, err := raw.Receive(t.Context()); !errors.Is(err, client.ErrLost) {
		t.Errorf("no close frame: %v", err)
	}
	raw = dialRaw(t, serve(t, func(p *peer) { p.sendBytes(websocket.MessageText, []byte("slow down")) }))
	if _, err := raw.Receive(t.Context()); !errors.Is(err, client.ErrProtocol) {
		t.Errorf("text: %v", err)
	}
}

func TestRawCloseWantsItsCodeBack(t *testing.T) {
	for _, code := range []int{1000, 1001, 1005, 4000} {
		raw := dialRaw(t, serve(t, func(*peer) {}))
		if err := raw.Close(code, ""); err != nil {
			t.Errorf("%d: %v", code, err)
		}
		if err := raw.Close(code, ""); err != nil {
			t.Errorf("%d again: %v", code, err)
		}
	}
	raw := dialRaw(t, serve(t, func(p *peer) { p.conn.Close(websocket.StatusGoingAway, "") }))
	err := raw.Close(1000, "")
	if frame, ok := errors.AsType[*client.CloseError](err); !ok || frame.Code != 1001 {
		t.Errorf("another code: %v", err)
	}
}
