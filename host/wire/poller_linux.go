//go:build amd64 || arm64

package wire

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sweepEvery is how often the deadlines of connections that are not at rest are looked at.
const sweepEvery = 250 * time.Millisecond

// poller owns the sockets of connections that are polled. One goroutine waits for their events, through Go's own poller,
// and queues the connections for the workers; another one looks at deadlines. Sockets are registered edge-triggered,
// once: an event is noted on the connection, and is a hint only.
type poller struct {
	srv     *Server
	epoll   *os.File
	epfd    int
	wakeups syscall.RawConn
	table   table[Conn]
	secrets table[secret] // of a server with TLS
	workers *workers
	running sync.WaitGroup
	accept4 func(fd int) (int, error)
	closed  chan struct{}
	closing sync.Once

	mu        sync.Mutex
	listeners map[int32]*listening // guarded by mu

	watchMu sync.Mutex         // after the mu of a Conn
	watched map[*Conn]struct{} // guarded by watchMu
	most    int                // of watched at once; guarded by watchMu
}

// Kinds of descriptors, in the events of the kernel.
const (
	isConn int32 = iota
	isListener
)

func newPoller(s *Server) (*poller, error) {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	if err := unix.SetNonblock(epfd, true); err != nil { // so that os.NewFile makes it pollable
		unix.Close(epfd)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	p := &poller{
		srv: s, epfd: epfd, epoll: os.NewFile(uintptr(epfd), "epoll"), closed: make(chan struct{}),
		listeners: make(map[int32]*listening), watched: make(map[*Conn]struct{}),
	}
	if p.accept4 = s.cfg.accept4; p.accept4 == nil {
		p.accept4 = accept4
	}
	if p.wakeups, err = p.epoll.SyscallConn(); err != nil {
		p.epoll.Close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	p.workers = newWorkers(s, serve)
	p.running.Go(p.listenToEvents) // both end with close, wait waits for them
	p.running.Go(p.watchDeadlines)
	return p, nil
}

// close ends everything, once there are no connections any more. It does not wait.
func (p *poller) close() {
	if p == nil {
		return
	}
	p.closing.Do(func() {
		close(p.closed)
		p.epoll.Close()
		p.workers.close()
	})
}

// wait returns when close has taken effect.
func (p *poller) wait() {
	if p != nil {
		p.running.Wait()
		p.workers.running.Wait()
	}
}

func (p *poller) listenToEvents() {
	var events [256]unix.EpollEvent
	var n int
	look := func(uintptr) bool {
		var err error
		n, err = unix.EpollWait(p.epfd, events[:], 0)
		return n > 0 || (err != nil && err != unix.EINTR)
	}
	for p.wakeups.Read(look) == nil && n >= 0 {
		for i := range events[:n] {
			switch e := &events[i]; e.Pad {
			case isListener:
				p.accept(e.Fd)
			case isConn:
				if c := p.table.get(e.Fd); c != nil {
					c.notice(e.Events)
				}
			}
		}
	}
}

const (
	inEvents  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	endEvents = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
)

// add registers a socket for all that may happen to it.
func (p *poller) add(fd, kind int32, events uint32) error {
	return unix.EpollCtl(p.epfd, unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{Events: events, Fd: fd, Pad: kind})
}

// start enters a connection, whose fd is set, and registers its socket.
func (p *poller) start(c *Conn) error {
	p.table.set(c.fd, c)
	err := p.add(c.fd, isConn, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP|unix.EPOLLET)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// notice notes an event, and queues the connection if there is something to do.
func (c *Conn) notice(events uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if events&inEvents != 0 {
		c.flags |= readable
	}
	if events&endEvents != 0 {
		c.flags |= hungup
	}
	if c.is(running) {
		if c.owes() {
			c.schedule() // the worker may be with the session for long
		}
		return // it looks at the rest when it is done
	}
	if c.wantsInput() || c.owes() {
		c.schedule()
	}
}

// schedule queues c for a worker. Call with mu held.
func (c *Conn) schedule() {
	if c.fd >= 0 && !c.is(queued) {
		c.flags |= queued
		c.srv.poll.Load().workers.push(c)
	}
}

// secret returns the TLS of c, or nil. Call with mu held.
func (c *Conn) secret() *secret {
	if c.fd < 0 || c.srv.cfg.TLS == nil {
		return nil
	}
	return c.srv.poll.Load().secrets.get(c.fd)
}

// cutOff ends the socket, for the client to see; a worker closes it. Call with mu held.
func (c *Conn) cutOff() {
	_ = unix.Shutdown(int(c.fd), unix.SHUT_RDWR) // it may have ended already
}

func (p *poller) appendConns(conns []*Conn) []*Conn {
	if p != nil {
		p.table.all(func(c *Conn) { conns = append(conns, c) })
	}
	return conns
}

// takes reports whether adopt can have nc.
func (p *poller) takes(nc net.Conn) bool {
	if p == nil {
		return false
	}
	tcp, _ := splitTLS(nc)
	return tcp != nil
}

// adopt polls the socket of a connection whose upgrade was answered by others. nc must not be used afterwards. It copies
// first, which is what the client has sent already. On an error nothing has happened.
func (p *poller) adopt(c *Conn, nc net.Conn, first []byte) error {
	tcp, secured := splitTLS(nc)
	fd, err := duplicate(tcp)
	if err != nil {
		return err
	}
	if err := p.enter(c, fd, secured, first); err != nil {
		unix.Close(int(fd))
		return err
	}
	tcp.Close() // the socket lives on as fd
	if err := p.start(c); err != nil {
		c.drop(lost(err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule()
	return nil
}

func (p *poller) enter(c *Conn, fd int32, secured *secret, first []byte) error {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == dropped {
		return net.ErrClosed
	}
	b := c.rouse()
	b.unanswered = false
	if len(first) > 0 {
		b.rest = append(newBuffer(len(first), len(first)), first...)
	}
	if secured != nil {
		b.tls = secured
		p.secrets.set(fd, secured)
		secured.sock.poll(fd)
	}
	c.fd = fd
	c.flags |= readable // for what crypto/tls has read ahead
	delete(s.conns, c)
	s.running++
	p.table.set(fd, c)
	return nil
}

// duplicate returns a descriptor of the same socket that Go does not know of.
func duplicate(tcp syscall.Conn) (int32, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("duplicate socket: %w", err)
	}
	fd := -1
	var dupErr error
	if err = raw.Control(func(old uintptr) { fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); err == nil {
		err = dupErr
	}
	if err == nil && fd >= maxPolled {
		unix.Close(fd)
		err = unix.EMFILE
	}
	if err != nil {
		return -1, fmt.Errorf("duplicate socket: %w", err)
	}
	return int32(fd), nil
}

// asConn makes a descriptor one that Go knows of. It closes fd.
func asConn(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	return net.FileConn(f)
}
