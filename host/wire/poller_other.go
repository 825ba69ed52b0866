//go:build !linux || !(amd64 || arm64)

package wire

import (
	"errors"
	"net"
	"time"
)

// poller does not exist here: each connection has goroutines of its own.
type poller struct{}

// secret would be the TLS of a polled connection.
type secret struct{}

func newPoller(*Server) (*poller, error) { return nil, errors.ErrUnsupported }

func (*poller) serve(*net.TCPListener) error        { return errors.ErrUnsupported }
func (*poller) takes(net.Conn) bool                 { return false }
func (*poller) adopt(*Conn, net.Conn, []byte) error { return errors.ErrUnsupported }
func (*poller) appendConns(conns []*Conn) []*Conn   { return conns }
func (*poller) wrap(nc net.Conn) (net.Conn, bool)   { return nc, false }
func (*poller) stopAccepting()                      {}
func (*poller) close()                              {}
func (*poller) wait()                               {}
func (*Conn) secret() *secret                       { return nil }
func (*Conn) schedule()                             {}
func (*Conn) cutOff()                               {}
func (*Conn) expire(time.Time)                      {}
