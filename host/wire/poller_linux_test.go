//go:build amd64 || arm64

package wire

import (
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// startPolled runs a server whose sockets are polled, whatever the other tests do.
func startPolled(t testing.TB, cfg Config, acceptor Acceptor) *rig {
	t.Helper()
	before := serialOnly
	serialOnly = false
	defer func() { serialOnly = before }()
	r := start(t, cfg, acceptor, nil)
	c := r.client(t) // after its answer the poller is there
	c.write([]byte("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
	c.wantStatus(404)
	if r.srv.poll.Load() == nil {
		t.Fatal("the server does not poll")
	}
	return r
}

// sweepUntil sweeps at a time at which at least d has passed, until the connection has ended: a sweep passes over one that
// a worker is busy with.
func sweepUntil[T any](t testing.TB, r *rig, d time.Duration, ended <-chan T) T {
	t.Helper()
	for deadline := time.Now().Add(patience); len(ended) == 0 && time.Now().Before(deadline); runtime.Gosched() {
		r.srv.poll.Load().sweep(after(d))
	}
	return receive(t, ended)
}

// after is a time at which whatever was to last at most d is over. What began, began before this call.
func after(d time.Duration) time.Time { return time.Now().Add(d) }

// untilWatched waits until the deadlines of n connections are watched.
func (r *rig) untilWatched(n int) {
	p := r.srv.poll.Load()
	for {
		p.watchMu.Lock()
		got := len(p.watched)
		p.watchMu.Unlock()
		if got == n {
			return
		}
		runtime.Gosched()
	}
}

func TestSizeOfAConnection(t *testing.T) {
	if got := unsafe.Sizeof(Conn{}); got != 48 {
		t.Errorf("a connection at rest takes %d bytes, want 48: the next size of Go's allocator is 64, and 8 are in the table", got)
	}
}

// A batch of frames in one segment is answered by one segment.
func TestABatchIsAnsweredByOneWrite(t *testing.T) {
	acceptor, _ := echoes()
	r := startPolled(t, Config{SendQueue: 1000}, acceptor)
	c := r.upgraded(t)
	segments := func() (n uint32) {
		raw, err := c.nc.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) {
			info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil {
				t.Error(err)
				return
			}
			n = info.Data_segs_in
		})
		return n
	}
	before := segments()
	batch := join(rawFrame(0x82, "one"), rawFrame(0x89, "two"), rawFrame(0x82, "three"), rawFrame(0x82, strings.Repeat("4", 1000)))
	c.write(batch)
	c.wantFrame(opBinary, "one")
	c.wantFrame(opPong, "two")
	c.wantFrame(opBinary, "three")
	c.wantFrame(opBinary, strings.Repeat("4", 1000))
	if got := segments() - before; got != 1 {
		t.Errorf("%d writes", got)
	}
}

// While a session is with a message, what others send its client still leaves.
func TestEventsLeaveDuringALongMessage(t *testing.T) {
	inside, release := make(chan *Conn), make(chan struct{})
	r := startPolled(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		return &script{message: func(p []byte) {
			inside <- conn
			<-release
			conn.Reply(p)
		}}, nil
	}))
	c := r.upgraded(t)
	c.write(rawFrame(0x82, "a long call"))
	conn := receive(t, inside)
	mustSend(t, conn, "an event")
	c.wantFrame(opBinary, "an event")
	close(release)
	c.wantFrame(opBinary, "a long call")
}

// A connection at rest holds nothing but itself; see the benchmarks for the memory of the process.
func TestConnectionsAtRest(t *testing.T) {
	const n = 300
	acceptor, made := echoes()
	r := startPolled(t, Config{}, acceptor)
	goroutines := 0
	for i := range n {
		c := r.upgraded(t)
		c.write(join(rawFrame(0x82, "hello"), rawFrame(0x01, "in "), rawFrame(0x80, "pieces")))
		c.wantFrame(opBinary, "hello")
		e := receive(t, made)
		r.untilWatched(0)
		for rested := false; !rested; runtime.Gosched() {
			e.conn.mu.Lock()
			rested = e.conn.busy == nil
			e.conn.mu.Unlock()
		}
		if i == 50 {
			goroutines = runtime.NumGoroutine()
		}
	}
	if grown := runtime.NumGoroutine() - goroutines; grown > idleWorkers {
		t.Errorf("%d goroutines more", grown)
	}
}

// Whoever comes and goes leaves nothing behind: no descriptor, no place, no memory.
func TestChurn(t *testing.T) {
	acceptor, _ := echoes()
	r := startPolled(t, Config{MaxConnections: 50}, acceptor)
	round := func() {
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				c := r.client(t)
				defer c.nc.Close()
				switch i % 4 {
				case 0:
					c.write([]byte(upgradeRequest[:20]))
				case 1:
					c.upgrade()
				case 2:
					c.upgrade()
					c.write(rawFrame(0x82, "hello")[:4])
				case 3:
					c.upgrade()
					c.write(rawFrame(0x88, ""))
					c.wantClose(0)
					c.wantEnd()
				}
			})
		}
		all.Wait()
		for r.srv.Connections() > 0 {
			runtime.Gosched()
		}
		r.untilWatched(0)
	}
	round()
	files, memory := openFiles(t), liveHeap()
	for range 15 {
		round()
	}
	for deadline := time.Now().Add(patience); openFiles(t) > files; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, %d were", openFiles(t), files)
		}
	}
	if grown := liveHeap() - memory; grown > 1<<20 {
		t.Errorf("%d bytes are left of 600 connections", grown)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // pools are emptied by the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
