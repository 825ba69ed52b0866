package main

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"workcell/host/wire"
)

func TestEcho(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := wire.NewServer(wire.Config{}, door{}, http.NotFoundHandler(), nil)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }() // ended by Shutdown below
	client, _, err := websocket.Dial(t.Context(), "ws://"+ln.Addr().String()+"/ws", &websocket.DialOptions{
		Subprotocols: []string{"any"}, CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := client.Subprotocol(); p != "" {
		t.Errorf("subprotocol %q", p)
	}
	for _, kind := range []websocket.MessageType{websocket.MessageText, websocket.MessageBinary} {
		for _, text := range []string{"", "grüß dich", string(make([]byte, 30_000))} {
			if err := client.Write(t.Context(), kind, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if k, got, err := client.Read(t.Context()); err != nil || k != kind || string(got) != text {
				t.Fatalf("got %v of %d bytes, %v", k, len(got), err)
			}
		}
	}
	if err := client.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	if err := server.Shutdown(context.Background()); err != nil || <-served != nil {
		t.Error(err)
	}
}
