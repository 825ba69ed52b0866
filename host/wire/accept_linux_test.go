//go:build amd64 || arm64

package wire

import (
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Out of descriptors: accepting rests, and goes on by itself.
func TestOutOfDescriptors(t *testing.T) {
	acceptor, _ := echoes()
	failures := 0
	r := startPolled(t, Config{accept4: func(fd int) (int, error) {
		if failures < 3 {
			failures++
			return -1, unix.EMFILE
		}
		return accept4(fd)
	}}, acceptor)
	c := r.upgraded(t)
	c.write(rawFrame(0x82, "made it"))
	c.wantFrame(opBinary, "made it")
	r.stop()
	if failures != 3 {
		t.Errorf("%d failures", failures)
	}
}

func TestAListenerThatFails(t *testing.T) {
	acceptor, _ := echoes()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(Config{accept4: func(int) (int, error) { return -1, unix.EINVAL }}, acceptor, nil, nil)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()                           // ends with the first client
	if nc, err := net.Dial("tcp", ln.Addr().String()); err == nil { // or it was too late
		defer nc.Close()
	}
	if err := receive(t, served); !errors.Is(err, unix.EINVAL) {
		t.Errorf("got %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	var got []time.Duration
	for range 10 {
		got = append(got, b.next())
	}
	if got[0] != 5*time.Millisecond || got[1] != 10*time.Millisecond || got[9] != time.Second {
		t.Errorf("got %v", got)
	}
}
