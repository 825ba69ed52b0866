package wire

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startTLS runs a server with a certificate of its own, whose clients have done their handshake.
func startTLS(t testing.TB, cfg Config, acceptor Acceptor, handler http.Handler) *rig {
	t.Helper()
	config, _, err := SelfSignedTLS("board.example")
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS = config
	r := start(t, cfg, acceptor, handler)
	plain := r.dial
	r.dial = func() (net.Conn, error) {
		nc, err := plain()
		if err != nil {
			return nil, err
		}
		nc.SetDeadline(time.Now().Add(patience))
		return tls.Client(nc, &tls.Config{InsecureSkipVerify: true}), nil // what is checked is checked in TestSelfSigned
	}
	return r
}

// closeUnder closes a client of TLS without waiting for the server.
func (c *client) closeUnder() { c.nc.(*tls.Conn).NetConn().Close() }

func TestConversationsOverTLS(t *testing.T) {
	acceptor, made := echoes()
	r := startTLS(t, Config{SendQueue: 1000}, acceptor, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "plain "+r.URL.Path)
	}))
	big := strings.Repeat("B", 1<<20)
	for _, kept := range []bool{false, true} {
		c := r.client(t)
		if kept {
			c.write([]byte("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"))
			if _, body := c.wantStatus(200); body != "plain /health" {
				t.Error(body)
			}
		}
		// Frames in the same record as the request are in the memory of crypto/tls when the socket is polled.
		c.write(join([]byte(upgradeRequest), rawFrame(0x82, "early"), rawFrame(0x89, "p")))
		c.wantSwitch()
		e := receive(t, made)
		c.wantFrame(opBinary, "early")
		c.wantFrame(opPong, "p")
		sent := make(chan error, 1)
		go func() { // ends with the write, waited for below
			_, err := c.nc.Write(rawFrame(0x82, big))
			sent <- err
		}()
		c.wantFrame(opBinary, big)
		if err := receive(t, sent); err != nil {
			t.Error(err)
		}
		mustSend(t, e.conn, "an event")
		c.wantFrame(opBinary, "an event")
		c.write(rawFrame(0x88, closeBody(1000, "")))
		c.wantClose(1000)
		c.wantEnd() // with a close_notify
		if got := receive(t, e.closed); !got.Remote {
			t.Errorf("got %+v", got)
		}
	}
}

func TestViolationsOverTLS(t *testing.T) {
	acceptor, _ := echoes()
	r := startTLS(t, Config{MaxMessageBytes: 1000}, acceptor, nil)
	c := r.upgraded(t)
	c.write(append(rawHeader(0x82, true, 200_000), make([]byte, 200_000)...))
	c.wantClose(1009)
	c.wantEnd()
}

func TestShutdownOverTLS(t *testing.T) {
	acceptor, _ := echoes()
	r := startTLS(t, Config{}, acceptor, nil)
	c := r.upgraded(t)
	go r.stop() // the cleanup waits for it
	c.wantClose(1001)
	c.write(rawFrame(0x88, closeBody(1001, "")))
	c.wantEnd()
}

// A client of TLS that does not read is cut like any other, and one that reads in the end gets everything.
func TestSlowReadersOverTLS(t *testing.T) {
	acceptor, made := echoes()
	r := startTLS(t, Config{SendQueue: 20, SendBytes: 64 << 20, SocketBytes: 8 << 10, StallTimeout: 300 * time.Millisecond}, acceptor, nil)
	message := strings.Repeat("m", 500_000)

	patient := r.upgraded(t)
	e := receive(t, made)
	for range 10 { // half a queue: it may take its time
		mustSend(t, e.conn, message)
	}
	slow := r.upgraded(t)
	gone := receive(t, made)
	for range 25 {
		if gone.conn.Send(frameOf([]byte(message))) != nil {
			break
		}
	}
	if got := receive(t, gone.closed); got.Code != CloseTryLater {
		t.Errorf("got %+v", got)
	}
	slow.closeUnder()
	for range 10 {
		patient.wantFrame(opBinary, message)
	}
	patient.closeUnder()
}

func TestPlainHTTPToATLSPort(t *testing.T) {
	acceptor, _ := echoes()
	r := startTLS(t, Config{}, acceptor, nil)
	nc, err := r.dial()
	if err != nil {
		t.Fatal(err)
	}
	plain := nc.(*tls.Conn).NetConn()
	c := &client{t, plain, bufio.NewReader(plain)}
	defer plain.Close()
	c.write([]byte(upgradeRequest))
	if _, body := c.wantStatus(400); !strings.Contains(body, "TLS") {
		t.Error(body)
	}
}

func TestVersionsOfTLS(t *testing.T) {
	acceptor, _ := echoes()
	r := startTLS(t, Config{}, acceptor, nil)
	for version, good := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		nc, err := r.dial()
		if err != nil {
			t.Fatal(err)
		}
		c := tls.Client(nc.(*tls.Conn).NetConn(), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if err := c.Handshake(); (err == nil) != good {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		c.NetConn().Close()
	}
}

func TestSelfSigned(t *testing.T) {
	for _, host := range []string{"", "board.example", "192.0.2.7"} {
		config, fingerprint, err := SelfSignedTLS(host)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := config.GetCertificate(nil)
		if err != nil || len(fingerprint) != 64 {
			t.Fatal(err, fingerprint)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"localhost", "127.0.0.1", "::1", host} {
			if err := leaf.VerifyHostname(name); name != "" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestACertificateThatChanges(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(file string, b []byte) {
		day = day.AddDate(0, 0, 1) // the clock of a file system may be coarse
		if err := errors.Join(os.WriteFile(file, b, 0o600), os.Chtimes(file, day, day)); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string) {
		cert, key := pemPair(t, name)
		write(certFile, cert)
		write(keyFile, key)
	}
	if _, err := LoadTLS(certFile, keyFile, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	put("first")
	if _, err := LoadTLS(certFile, certFile, nil); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("got %v", err)
	}
	config, err := LoadTLS(certFile, keyFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if pair, err := config.GetCertificate(nil); err != nil || pair.Leaf.Subject.CommonName != "first" {
		t.Errorf("got %v, %v", pair, err)
	}

	c := &certificate{files: [2]string{certFile, keyFile}, logger: discard}
	now := time.Now()
	name := func(after time.Duration) string { return c.get(now.Add(after)).Leaf.Subject.CommonName }
	if got := name(0); got != "first" {
		t.Errorf("got %s", got)
	}
	put("second")
	if got := name(lookEvery - 1); got != "first" {
		t.Errorf("too early: %s", got)
	}
	if got := name(lookEvery); got != "second" {
		t.Errorf("got %s", got)
	}
	write(keyFile, []byte("half written"))
	if got := name(2 * lookEvery); got != "second" {
		t.Errorf("a broken pair was taken: %s", got)
	}
	put("first")
	if got := name(3 * lookEvery); got != "first" {
		t.Errorf("got %s", got)
	}
}

// pemPair returns the files of a new certificate.
func pemPair(t testing.TB, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	return block("CERTIFICATE", der), block("PRIVATE KEY", keyDER)
}
