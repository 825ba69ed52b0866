package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
	"github.com/lesismal/nbio/nbhttp"
	nbws "github.com/lesismal/nbio/nbhttp/websocket"
	"github.com/lxzan/gws"

	"workcell/host/wire"
)

// servers by name, the product first. The TLS of nbio is a library of its own, and is left out.
var (
	servers       = []string{"workcell", "gws", "nbio", "gorilla"}
	secureServers = []string{"workcell", "gws", "gorilla"}
)

// state is what a server says of itself, when it is asked.
type state struct {
	Heap, RSS  int64 // bytes, after a collection
	CPU        int64 // microseconds, of all that the process and the kernel did for it
	Mallocs    uint64
	Goroutines int
}

// runServer serves, says where, and then writes down its state for each line that comes on standard input, until its end.
func runServer(name string, secure bool, dir string) error {
	var config *tls.Config
	if secure {
		var err error
		if config, _, err = wire.SelfSignedTLS(""); err != nil {
			return err
		}
	}
	address, err := startServer(name, config, dir)
	if err != nil {
		return err
	}
	fmt.Println(address)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		s := look(in.Text() == "collect")
		fmt.Println(s.Heap, s.RSS, s.CPU, s.Mallocs, s.Goroutines)
	}
	return nil
}

func look(collect bool) state {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	if collect {
		runtime.GC()
		debug.FreeOSMemory()
		time.Sleep(200 * time.Millisecond) // for what the runtime gives back in the background
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var pages, resident int64
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		fmt.Sscan(string(b), &pages, &resident)
	}
	return state{
		Heap: int64(m.HeapAlloc), RSS: resident * int64(os.Getpagesize()), Mallocs: m.Mallocs, Goroutines: runtime.NumGoroutine(),
		CPU: (usage.Utime.Sec+usage.Stime.Sec)*1e6 + int64(usage.Utime.Usec+usage.Stime.Usec),
	}
}

func startServer(name string, config *tls.Config, dir string) (string, error) {
	switch name {
	case "nbio":
		return startNbio()
	case appliance:
		return startAppliance(dir)
	}
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		return "", err
	}
	if name == "workcell" {
		server := wire.NewServer(wire.Config{MaxConnections: 100_000, TLS: config, SendQueue: 10_000}, door{}, http.NotFoundHandler(), nil)
		go server.Serve(ln)
		return ln.Addr().String(), nil
	}
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	handler := gorillaHandler()
	if name == "gws" {
		handler = gwsHandler()
	}
	go http.Serve(ln, handler)
	return ln.Addr().String(), nil
}

type door struct{}

func (door) Accept(_ *wire.Request, conn *wire.Conn) (wire.Session, error) { return (*echo)(conn), nil }

// echo is a session without any memory of its own, so that what is measured is the socket host.
type echo wire.Conn

func (e *echo) Message(payload []byte) { _ = (*wire.Conn)(e).Reply(payload) }
func (*echo) Closed(wire.CloseReason)  {}

func gorillaHandler() http.HandlerFunc {
	upgrader := websocket.Upgrader{}
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			kind, payload, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, payload) != nil {
				return
			}
		}
	}
}

type gwsEcho struct{ gws.BuiltinEventHandler }

func (gwsEcho) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	_ = socket.WriteMessage(message.Opcode, message.Bytes())
}

func gwsHandler() http.HandlerFunc {
	upgrader := gws.NewUpgrader(gwsEcho{}, nil)
	return func(w http.ResponseWriter, r *http.Request) {
		if socket, err := upgrader.Upgrade(w, r); err == nil {
			go socket.ReadLoop() // as its authors advise, so that the memory of the request is free
		}
	}
}

func startNbio() (string, error) {
	upgrader := nbws.NewUpgrader()
	upgrader.OnMessage(func(c *nbws.Conn, kind nbws.MessageType, payload []byte) { _ = c.WriteMessage(kind, payload) })
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) { upgrader.Upgrade(w, r, nil) })
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{"0.0.0.0:0"}, Handler: mux, MaxLoad: 100_000, Context: context.Background(),
	})
	if err := engine.Start(); err != nil {
		return "", err
	}
	return engine.Addrs[0], nil
}
