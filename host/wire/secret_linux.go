//go:build amd64 || arm64

package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// encryptAtOnce is how many bytes are encrypted before the socket has to take them.
const encryptAtOnce = 32 << 10

// secret is the TLS of a polled connection. The handshake and the upgrade were done by a goroutine, over a net.Conn.
type secret struct {
	conn *tls.Conn
	sock *sock
}

// splitTLS returns the socket of a connection that may be polled, and its TLS if it has one. tcp is nil if it may not.
func splitTLS(nc net.Conn) (tcp *net.TCPConn, s *secret) {
	switch nc := nc.(type) {
	case *net.TCPConn:
		return nc, nil
	case *tls.Conn:
		if k, ok := nc.NetConn().(*sock); ok {
			tcp, _ = k.nc.(*net.TCPConn)
			return tcp, &secret{nc, k}
		}
	}
	return nil, nil
}

// wrap returns what TLS is to be built on, for adopt to take later.
func (p *poller) wrap(nc net.Conn) (net.Conn, bool) {
	if p == nil {
		return nil, false
	}
	if _, ok := nc.(*net.TCPConn); !ok {
		return nil, false
	}
	return &sock{nc: nc, fd: -1}, true
}

// read reads what was decrypted. Its error is unix.EAGAIN when there is nothing more.
func (t *secret) read(buf []byte) (int, error) {
	n, err := t.conn.Read(buf)
	switch {
	case errors.Is(err, errWouldBlock):
		return n, unix.EAGAIN
	case err == io.EOF:
		return n, nil
	}
	return n, err
}

// write encrypts some of the segments, and writes what the socket takes; full reports that it does not take all. n counts
// what was encrypted: that will leave before anything else.
func (t *secret) write(segments [][]byte) (n int, full bool, err error) {
	if full, err = t.sock.flush(); full || err != nil {
		return 0, full, err
	}
	for _, s := range segments {
		if n >= encryptAtOnce {
			break
		}
		m, err := t.conn.Write(s[:min(len(s), encryptAtOnce-n)])
		n += m
		if err != nil {
			return n, false, err
		}
	}
	full, err = t.sock.flush()
	return n, full, err
}

// closeWrite tells the client that nothing follows, if the socket takes it.
func (t *secret) closeWrite() {
	_ = t.conn.CloseWrite()
	_, _ = t.sock.flush()
}

// sock is the socket under TLS: first a net.Conn, then a descriptor that never blocks. An error of a write would end the
// TLS for good, so it then takes everything and keeps what the socket does not take; secret bounds how much that is.
type sock struct {
	nc net.Conn // nil from poll on
	fd int32    // -1 until then

	mu   sync.Mutex // a read may write, too
	out  []byte     // encrypted, in a pooled buffer; guarded by mu
	sent int        // bytes of out that were accepted; guarded by mu
}

// errWouldBlock is temporary in the eyes of crypto/tls, which then reads on the next time.
var errWouldBlock net.Error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to read yet" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

// poll makes the socket the descriptor fd.
func (k *sock) poll(fd int32) { k.nc, k.fd = nil, fd }

func (k *sock) Read(p []byte) (int, error) {
	if k.nc != nil {
		return k.nc.Read(p)
	}
	for {
		n, err := unix.Read(int(k.fd), p)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return 0, errWouldBlock
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (k *sock) Write(p []byte) (int, error) {
	if k.nc != nil {
		return k.nc.Write(p)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.out = append(grow(k.out, len(p), 1<<30), p...)
	return len(p), nil
}

// pending returns how many encrypted bytes the socket has not taken.
func (k *sock) pending() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.out) - k.sent
}

// flush writes what the socket takes; full reports that something is left.
func (k *sock) flush() (full bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.sent < len(k.out) {
		n, err := writeSegments(k.fd, [][]byte{k.out[k.sent:]})
		if err == unix.EAGAIN {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		k.sent += n
	}
	releaseBuffer(k.out)
	k.out, k.sent = nil, 0
	return false, nil
}

func (k *sock) Close() error {
	if k.nc != nil {
		return k.nc.Close()
	}
	return nil // the poller closes the descriptor
}

func (k *sock) LocalAddr() net.Addr {
	if k.nc != nil {
		return k.nc.LocalAddr()
	}
	return nil
}

func (k *sock) RemoteAddr() net.Addr {
	if k.nc != nil {
		return k.nc.RemoteAddr()
	}
	return nil
}

func (k *sock) SetDeadline(t time.Time) error {
	if k.nc != nil {
		return k.nc.SetDeadline(t)
	}
	return nil
}

func (k *sock) SetReadDeadline(t time.Time) error {
	if k.nc != nil {
		return k.nc.SetReadDeadline(t)
	}
	return nil
}

func (k *sock) SetWriteDeadline(t time.Time) error {
	if k.nc != nil {
		return k.nc.SetWriteDeadline(t)
	}
	return nil
}
