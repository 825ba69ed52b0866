//go:build amd64 || arm64

package wire

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// acceptBurst is how many connections are accepted before others get their turn.
const acceptBurst = 64

// listening is a listening socket.
type listening struct {
	fd    int32
	wait  backoff
	retry *time.Timer // while accepting rests
	done  chan error
}

func accept4(fd int) (int, error) {
	nfd, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return nfd, err
}

// serve accepts connections from ln until the server stops.
func (p *poller) serve(ln *net.TCPListener) error {
	fd, err := duplicate(ln)
	if err != nil {
		return err
	}
	if err := p.setSocket(int(fd)); err != nil {
		unix.Close(int(fd))
		return err
	}
	l := &listening{fd: fd, done: make(chan error, 1)}
	if err := p.listen(l); err != nil {
		unix.Close(int(fd))
		return err
	}
	return <-l.done
}

// setSocket sets what accepted sockets inherit.
func (p *poller) setSocket(fd int) error {
	for _, o := range []struct{ level, option, value int }{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15},
		{unix.SOL_SOCKET, unix.SO_SNDBUF, p.srv.cfg.SocketBytes},
		{unix.SOL_SOCKET, unix.SO_RCVBUF, p.srv.cfg.SocketBytes},
	} {
		if err := unix.SetsockoptInt(fd, o.level, o.option, o.value); err != nil {
			return fmt.Errorf("set socket option: %w", err)
		}
	}
	return nil
}

func (p *poller) listen(l *listening) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.srv.isDraining() {
		return ErrServerClosed
	}
	if err := p.add(l.fd, isListener, unix.EPOLLIN); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	p.listeners[l.fd] = l
	return nil
}

// stopAccepting closes the listening sockets.
func (p *poller) stopAccepting() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.listeners {
		p.stop(l, nil)
	}
}

// stop ends l. Call with mu held.
func (p *poller) stop(l *listening, err error) {
	delete(p.listeners, l.fd)
	if l.retry != nil {
		l.retry.Stop()
	}
	_ = unix.EpollCtl(p.epfd, unix.EPOLL_CTL_DEL, int(l.fd), nil)
	unix.Close(int(l.fd))
	l.done <- err
}

// accept takes in the connections that wait at a listening socket.
func (p *poller) accept(fd int32) {
	var sockets [acceptBurst]int
	for _, nfd := range p.acceptSome(fd, sockets[:0]) {
		p.welcome(nfd)
	}
}

// acceptSome appends accepted sockets to dst, up to its capacity.
func (p *poller) acceptSome(fd int32, dst []int) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.listeners[fd]
	if l == nil {
		return dst
	}
	for len(dst) < cap(dst) {
		nfd, err := p.accept4(int(fd))
		switch err {
		case nil:
			l.wait = 0
			dst = append(dst, nfd)
		case unix.EAGAIN:
			return dst
		case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
			p.pause(l, err)
			return dst
		case unix.EBADF, unix.EINVAL, unix.ENOTSOCK, unix.EOPNOTSUPP:
			p.stop(l, fmt.Errorf("accept: %w", err))
			return dst
		default: // this client is gone already: the next one
		}
	}
	return dst
}

// pause lets accepting rest for a while. Call with mu held.
func (p *poller) pause(l *listening, err error) {
	p.srv.logger.Warn("accept: out of descriptors or memory: raise the limit of open files, or lower the number of connections",
		"err", err, "retry_in", l.wait.next())
	p.listenFor(l, 0)
	l.retry = time.AfterFunc(time.Duration(l.wait), func() { // stopped with the listener, and harmless after it
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.listeners[l.fd] == l {
			p.listenFor(l, unix.EPOLLIN)
		}
	})
}

func (p *poller) listenFor(l *listening, events uint32) {
	e := unix.EpollEvent{Events: events, Fd: l.fd, Pad: isListener}
	if err := unix.EpollCtl(p.epfd, unix.EPOLL_CTL_MOD, int(l.fd), &e); err != nil {
		p.stop(l, fmt.Errorf("epoll: %w", err))
	}
}

// welcome takes in a new socket.
func (p *poller) welcome(fd int) {
	if fd >= maxPolled {
		unix.Close(fd)
		return
	}
	if p.srv.cfg.TLS != nil { // the handshake is for a goroutine
		if nc, err := asConn(fd); err == nil {
			p.srv.receive(nc)
		}
		return
	}
	if !p.join() {
		unix.Close(fd)
		return
	}
	c := &Conn{srv: p.srv, fd: int32(fd)}
	c.mu.Lock()
	c.rouse().deadline = time.Now().Add(p.srv.cfg.HeaderTimeout)
	p.watch(c)
	c.mu.Unlock()
	if err := p.start(c); err != nil {
		c.drop(lost(err))
	}
}

// join counts a new socket, if the server is not stopping.
func (p *poller) join() bool {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() {
		return false
	}
	s.running++
	return true
}
