package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the files of a certificate are looked at.
const lookEvery = time.Second

// selfSignedLife is how long a certificate of SelfSignedTLS is good.
const selfSignedLife = 90 * 24 * time.Hour

// LoadTLS returns what a server needs for TLS 1.2 and 1.3 with a certificate in PEM files, that of the issuers behind it
// in the same file. The files may be replaced while the server runs: handshakes that begin a second later see it. If what
// they hold then cannot be used, that is logged and the old certificate stays. A nil logger logs nothing.
func LoadTLS(certFile, keyFile string, logger *slog.Logger) (*tls.Config, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	c := &certificate{files: [2]string{certFile, keyFile}, logger: logger}
	if err := c.load(); err != nil {
		return nil, err
	}
	return tlsConfig(func() *tls.Certificate { return c.get(time.Now()) }), nil
}

func tlsConfig(get func() *tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"}, // a WebSocket needs it
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return get(), nil },
	}
}

// certificate is a pair of files and what they held when they were last good. Safe for concurrent use.
type certificate struct {
	files  [2]string
	logger *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate // guarded by mu, as are all below
	infos  [2]os.FileInfo   // of the files when they were last read
	looked time.Time
}

// get returns the certificate to use at the time now.
func (c *certificate) get(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.pair
	}
	c.looked = now
	if infos, err := c.stat(); err == nil && same(infos[0], c.infos[0]) && same(infos[1], c.infos[1]) {
		return c.pair
	}
	if err := c.load(); err != nil {
		c.logger.Warn("the certificate has changed and cannot be used: the old one stays until it is mended", "err", err)
	} else {
		c.logger.Info("a new certificate is in use", "file", c.files[0], "not_after", c.pair.Leaf.NotAfter)
	}
	return c.pair
}

func (c *certificate) stat() (infos [2]os.FileInfo, err error) {
	for i, name := range c.files {
		if infos[i], err = os.Stat(name); err != nil {
			return infos, err
		}
	}
	return infos, nil
}

// load reads the files. A pair that is replaced meanwhile does not fit together, or is read again the next time.
func (c *certificate) load() error {
	infos, err := c.stat()
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w: both must be PEM files, and belong together", c.files[0], c.files[1], err)
	}
	c.pair, c.infos = &pair, infos
	return nil
}

func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// SelfSignedTLS returns what LoadTLS does, with a new certificate for host and for this machine by its local names. No
// client trusts it unless it is told to; fingerprint is the SHA-256 of the certificate, to compare.
func SelfSignedTLS(host string) (config *tls.Config, fingerprint string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("self-signed certificate: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "workcell, self-signed"},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.Add(selfSignedLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else if host != "" {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, "", fmt.Errorf("self-signed certificate: %w", err)
	}
	pair := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return tlsConfig(func() *tls.Certificate { return pair }), fmt.Sprintf("%x", sha256.Sum256(der)), nil
}
