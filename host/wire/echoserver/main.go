// Command echoserver sends every WebSocket message back as it came, text as text and binary as binary, with the same
// packages that serve the appliance. It is for protocol suites and for a first look at a network.
//
//	go run ./host/wire/echoserver --listen 127.0.0.1:9001
//
// It offers no subprotocol and no extension. It prints the address it listens on, and ends with SIGINT or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"workcell/host/wire"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9001", "`address` to listen on")
	secure := flag.Bool("tls-self-signed", false, "speak TLS, with a certificate made for this run")
	flag.Parse()
	if err := run(*listen, *secure); err != nil {
		fmt.Fprintln(os.Stderr, "echoserver:", err)
		os.Exit(1)
	}
}

func run(listen string, secure bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cfg wire.Config
	if secure {
		config, fingerprint, err := wire.SelfSignedTLS("")
		if err != nil {
			return err
		}
		fmt.Println("certificate", fingerprint)
		cfg.TLS = config
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Println("listening", ln.Addr())
	server := wire.NewServer(cfg, door{}, http.NotFoundHandler(), nil)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }() // ends with Shutdown, waited for below
	select {
	case <-ctx.Done():
	case err := <-served:
		return errors.Join(err, server.Shutdown(context.Background()))
	}
	return errors.Join(server.Shutdown(context.Background()), <-served)
}

type door struct{}

func (door) Accept(_ *wire.Request, conn *wire.Conn) (wire.Session, error) { return echo{conn}, nil }

// echo is one connection. An error of a reply means that the connection is ending.
type echo struct{ conn *wire.Conn }

func (e echo) Message(payload []byte)     { _ = e.conn.Reply(payload) }
func (e echo) TextMessage(payload []byte) { _ = e.conn.ReplyText(payload) }
func (e echo) Closed(wire.CloseReason)    {}
