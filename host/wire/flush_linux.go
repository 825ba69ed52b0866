//go:build amd64 || arm64

package wire

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// flushSegments is how many segments of the queue one system call may carry.
const flushSegments = 16

// flush writes what the socket takes. Call with mu held.
func (c *Conn) flush() {
	b := c.busy
	if b == nil || c.fd < 0 || b.unanswered || !c.owes() {
		return
	}
	for c.owes() && (c.state == opened || c.state == ending) {
		n, full, err := c.writeQueue()
		if err != nil {
			c.dropLocked(lost(err))
			return
		}
		if n > 0 {
			b.queue.accepted(n)
			b.moved = time.Time{}
		}
		if full {
			break
		}
	}
	if c.state == cut {
		c.sayLastWordsPolled()
		return
	}
	c.noteStall()
}

// noteStall remembers since when the socket takes nothing. Call with mu held.
func (c *Conn) noteStall() {
	switch b := c.busy; {
	case !c.owes():
		b.moved = time.Time{}
	case b.moved.IsZero():
		b.moved = time.Now()
	}
}

// writeQueue writes the front of the queue once. full reports that the socket takes no more. Call with mu held.
func (c *Conn) writeQueue() (n int, full bool, err error) {
	var room [flushSegments][]byte
	segments := c.busy.queue.batch(room[:0])
	if t := c.busy.tls; t != nil {
		return t.write(segments)
	}
	size := 0
	for _, s := range segments {
		size += len(s)
	}
	n, err = writeSegments(c.fd, segments)
	if err == unix.EAGAIN {
		return 0, true, nil
	}
	return n, n < size, err
}

func writeSegments(fd int32, segments [][]byte) (n int, err error) {
	for {
		if len(segments) == 1 {
			n, err = unix.Write(int(fd), segments[0])
		} else {
			n, err = writev(fd, segments)
		}
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// writev is unix.Writev without its allocation.
func writev(fd int32, segments [][]byte) (int, error) {
	var room [flushSegments]unix.Iovec
	vectors := room[:0]
	for _, s := range segments {
		if len(s) > 0 {
			v := unix.Iovec{Base: unsafe.SliceData(s)}
			v.SetLen(len(s))
			vectors = append(vectors, v)
		}
	}
	n, _, errno := unix.Syscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&room)), uintptr(len(vectors)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// sayLastWordsPolled tells a cut client why, if its socket takes it, and drops it. Call with mu held.
func (c *Conn) sayLastWordsPolled() {
	b := c.busy
	words := [][]byte{b.queue.begun(), closeFrame(CloseTryLater, slowText)}
	switch {
	case b.tls == nil:
		_, _ = writeSegments(c.fd, words) // if it fails, the client learns it from the dropped socket
	case b.tls.sock.pending() == 0 && words[0] == nil:
		_, _, _ = b.tls.write(words)
	}
	c.dropLocked(b.reason)
}
