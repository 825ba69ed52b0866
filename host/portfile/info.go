package portfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// FileName is the name of the file in the configuration directory.
const FileName = "server.json"

// timeLayout writes UTC as +00:00 and leaves a fraction of zero out.
const timeLayout = "2006-01-02T15:04:05.999999999-07:00"

// Info is what the file says. Every member is required, save Certificate.
type Info struct {
	PID       int
	Port      int       // 1..65535
	Host      string    // an address or name that a client on this machine can connect to
	StartedAt time.Time // UTC when read
	Version   string
	// Certificate is the path of a PEM file, absolute, that begins with the server's certificate: clients on this machine
	// take that one and no other. Empty: the server does not speak TLS.
	Certificate string
}

// URL returns where clients connect to.
func (i Info) URL() string {
	scheme := "ws"
	if i.Certificate != "" {
		scheme = "wss"
	}
	return scheme + "://" + net.JoinHostPort(strings.Trim(i.Host, "[]"), strconv.Itoa(i.Port)) + "/ws"
}

// wire is the file's form; pointers tell a missing member from a zero one.
type wire struct {
	PID         *int    `json:"pid"`
	Port        *int    `json:"port"`
	Host        *string `json:"host"`
	StartedAt   *string `json:"started_at"`
	Version     *string `json:"version"`
	Certificate string  `json:"certificate,omitempty"`
}

// encode returns the file's content for info, or what is wrong with info.
func encode(info Info) ([]byte, error) {
	info.Host = reachable(info.Host)
	if err := info.check(); err != nil {
		return nil, err
	}
	started := info.StartedAt.UTC().Format(timeLayout)
	raw, err := json.Marshal(wire{&info.PID, &info.Port, &info.Host, &started, &info.Version, info.Certificate})
	if err != nil {
		return nil, err
	}
	return append(raw, '\n'), nil
}

// decode is the inverse of encode. Members that we do not know are ignored.
func decode(raw []byte) (Info, error) {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		return Info{}, err
	}
	if w.PID == nil || w.Port == nil || w.Host == nil || w.StartedAt == nil || w.Version == nil {
		return Info{}, errors.New("pid, port, host, started_at and version are all required")
	}
	started, err := time.Parse(time.RFC3339Nano, *w.StartedAt)
	if err != nil {
		return Info{}, fmt.Errorf("started_at: %w", err)
	}
	info := Info{
		PID: *w.PID, Port: *w.Port, Host: *w.Host, StartedAt: started.UTC(), Version: *w.Version, Certificate: w.Certificate,
	}
	return info, info.check()
}

func (i Info) check() error {
	switch {
	case i.PID <= 0:
		return fmt.Errorf("pid %d is no process", i.PID)
	case i.Port < 1 || i.Port > 65535:
		return fmt.Errorf("port %d is not in 1..65535", i.Port)
	case i.Host == "":
		return errors.New("host is empty")
	case i.Version == "":
		return errors.New("version is empty")
	case i.StartedAt.Year() < 1 || i.StartedAt.Year() > 9999:
		return fmt.Errorf("started_at has the year %d", i.StartedAt.Year())
	case i.Certificate != "" && !filepath.IsAbs(i.Certificate):
		return fmt.Errorf("certificate %q is no absolute path", i.Certificate)
	}
	return nil
}

// reachable returns the host that a client on this machine connects to when a server listens on host: all interfaces
// are an address to listen on, not one to connect to.
func reachable(host string) string {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if host == "" || err == nil && addr.Unmap().IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}
