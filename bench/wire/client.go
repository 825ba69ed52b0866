package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is a way to send messages.
type load struct {
	name  string
	conns int
	depth int // messages in one write
}

var loads = []load{{"per_message_1", 1, 1}, {"per_message_50", 50, 1}, {"per_message_1000", 1000, 1}, {"pipelined", 10, 100}}

// cost is what one message costs a server, and how many it handles.
type cost struct{ cpuUS, allocs, perSecond float64 }

// payloadBytes is the size of a message.
const payloadBytes = 128

// process is a running server.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	at  string // its port
	tls bool
}

func startProcess(name string, secure bool, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(self, append([]string{"-serve", name, "-tls=" + strconv.FormatBool(secure)}, args...)...), tls: secure}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for { // a library may say something first
		line, err := p.out.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
		if _, port, err := net.SplitHostPort(strings.TrimSpace(line)); err == nil && !strings.Contains(line, " ") {
			p.at = port
			return p, nil
		}
	}
}

func (p *process) stop() {
	p.in.Close()
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// look asks the server for its state.
func (p *process) look(how string) (s state, err error) {
	if _, err := fmt.Fprintln(p.in, how); err != nil {
		return s, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return s, err
	}
	_, err = fmt.Sscan(line, &s.Heap, &s.RSS, &s.CPU, &s.Mallocs, &s.Goroutines)
	return s, err
}

// upgrade has a place for the query.
const upgrade = "GET /ws%s HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

// dial returns the i-th connection, upgraded. Connections are spread over loopback addresses, as one has too few ports.
func (p *process) dial(i int) (net.Conn, error) { return p.dialAs(i, "") }

// dialAs is dial with a query.
func (p *process) dialAs(i int, query string) (net.Conn, error) {
	nc, err := net.Dial("tcp", fmt.Sprintf("127.0.0.%d:%s", 1+i%8, p.at))
	if err != nil {
		return nil, err
	}
	if p.tls {
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
	}
	if _, err := fmt.Fprintf(nc, upgrade, query); err != nil {
		return nil, err
	}
	var head []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(head), "\r\n\r\n"); head = append(head, b[0]) {
		if _, err := nc.Read(b); err != nil {
			return nil, err
		}
	}
	if !strings.HasPrefix(string(head), "HTTP/1.1 101 ") {
		return nil, fmt.Errorf("upgrade: %.60s", head)
	}
	return nc, nil
}

func (p *process) dialAll(n int) (all []net.Conn, err error) {
	for i := range n {
		nc, err := p.dial(i)
		if err != nil {
			return all, fmt.Errorf("connection %d: %w", i, err)
		}
		all = append(all, nc)
	}
	return all, nil
}

func closeAll(all []net.Conn) {
	for _, nc := range all {
		nc.Close()
	}
}

// call is one masked binary message; its answer is shorter by the mask.
func call() []byte {
	b := []byte{0x82, 0x80 | 126, 0, payloadBytes, 0x37, 0xfa, 0x21, 0x3d}
	return append(b, make([]byte, payloadBytes)...)
}

// converse sends n messages on nc, depth of them in one write, and reads the answers.
func converse(nc net.Conn, n, depth int) error {
	var batch []byte
	for range depth {
		batch = append(batch, call()...)
	}
	answer := make([]byte, depth*(4+payloadBytes))
	for sent := 0; sent < n; sent += depth {
		if _, err := nc.Write(batch); err != nil {
			return err
		}
		if _, err := io.ReadFull(nc, answer); err != nil {
			return err
		}
	}
	return nil
}

// converseAll does so on all connections at once, n messages in all.
func converseAll(all []net.Conn, n, depth int) error {
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i, nc := range all {
		running.Go(func() { errs[i] = converse(nc, n/len(all), depth) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// measureIdle returns what one connection at rest costs a server, after it has exchanged a message.
func measureIdle(name string, secure bool, n int) (heap, rss float64, err error) {
	p, err := startProcess(name, secure)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	warm, err := p.dialAll(200)
	defer closeAll(warm)
	if err == nil {
		err = converseAll(warm, 400, 1)
	}
	if err != nil {
		return 0, 0, err
	}
	before, err := p.look("collect")
	if err != nil {
		return 0, 0, err
	}
	all, err := p.dialAll(n)
	defer closeAll(all)
	for _, nc := range all {
		if err == nil {
			err = converse(nc, 1, 1)
		}
	}
	if err != nil {
		return 0, 0, err
	}
	after, err := p.look("collect")
	if err != nil {
		return 0, 0, err
	}
	fmt.Fprintf(os.Stderr, "%s: %d connections, %d goroutines more\n", name, n, after.Goroutines-before.Goroutines)
	return float64(after.Heap-before.Heap) / float64(n), float64(after.RSS-before.RSS) / float64(n), nil
}

func measureLoad(name string, l load, calls int) (c cost, err error) {
	p, err := startProcess(name, false)
	if err != nil {
		return c, err
	}
	defer p.stop()
	all, err := p.dialAll(l.conns)
	defer closeAll(all)
	if err == nil {
		err = converseAll(all, calls/10, l.depth) // to warm up
	}
	if err != nil {
		return c, err
	}
	before, err := p.look("")
	if err != nil {
		return c, err
	}
	start := time.Now()
	if err := converseAll(all, calls, l.depth); err != nil {
		return c, err
	}
	took := time.Since(start)
	after, err := p.look("")
	if err != nil {
		return c, err
	}
	n := float64(calls / l.conns * l.conns)
	return cost{float64(after.CPU-before.CPU) / n, float64(after.Mallocs-before.Mallocs) / n, n / took.Seconds()}, nil
}
