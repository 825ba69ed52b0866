package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workcell/host/client"
)

// pemFile writes blocks of one type into a file.
func pemFile(t *testing.T, kind string, blocks ...[]byte) string {
	t.Helper()
	var text []byte
	for _, b := range blocks {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})...)
	}
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// newCertificate returns a certificate that is good for an hour.
func newCertificate(t *testing.T, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: names}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTrustTakesTheServerOfTheFirstCertificateAndNoOther(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that clients break off
	server.StartTLS()
	defer server.Close()
	own, other := server.Certificate().Raw, newCertificate(t, "other.example")
	for _, c := range []struct {
		name  string
		file  string
		taken bool
	}{
		{"its own", pemFile(t, "CERTIFICATE", own), true},
		{"its own, with another behind it", pemFile(t, "CERTIFICATE", own, other), true},
		{"another", pemFile(t, "CERTIFICATE", other), false},
		{"another, with its own behind it", pemFile(t, "CERTIFICATE", other, own), false},
	} {
		trust, err := client.Trust(c.file)
		if err != nil {
			t.Fatal(err)
		}
		// Nothing here upgrades: a refusal by HTTP means that the server was trusted.
		_, err = client.Dial(t.Context(), server.URL, client.Options{TLS: trust})
		_, refused := errors.AsType[*client.RefusedError](err)
		_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
		if refused != c.taken || distrusted == c.taken {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	_, err := client.Dial(t.Context(), server.URL, client.Options{})
	if _, distrusted := errors.AsType[*tls.CertificateVerificationError](err); !distrusted {
		t.Errorf("without a word about trust: %v", err)
	}
}

func TestTrustSaysWhatIsWrongWithAFile(t *testing.T) {
	if _, err := client.Trust(filepath.Join(t.TempDir(), "none.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for want, file := range map[string]string{
		"holds no certificate":     pemFile(t, "PRIVATE KEY", []byte("x")),
		"x509":                     pemFile(t, "CERTIFICATE", []byte("x")),
		"subject alternative name": pemFile(t, "CERTIFICATE", newCertificate(t)),
	} {
		if _, err := client.Trust(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
