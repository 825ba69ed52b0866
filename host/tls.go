package host

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"workcell/host/config"
	"workcell/host/wire"
)

// selfSignedFile is where a server with a certificate of its own making leaves it for clients on the same machine.
const selfSignedFile = "self-signed.pem"

// openTLS returns what the port needs for TLS and the file with its certificate, or nothing if it speaks plainly.
func (h *Host) openTLS(loaded config.Loaded) (secure *tls.Config, file string, err error) {
	switch cert, key := loaded.TLSFiles(); {
	case cert != "" && key != "":
		secure, err = wire.LoadTLS(cert, key, h.log)
		return secure, cert, err
	case cert != "" || key != "":
		return nil, "", errors.New("server.tls_cert and server.tls_key belong together: set both, or none for a port without TLS")
	case !h.config.ServerTLSSelfSigned:
		return nil, "", nil
	}
	secure, fingerprint, err := wire.SelfSignedTLS(h.config.ServerHost)
	if err != nil {
		return nil, "", err
	}
	if file, err = leaveCertificate(loaded.Dir, secure); err != nil {
		return nil, "", fmt.Errorf("self-signed certificate: %w", err)
	}
	h.log.Warn("TLS with a certificate that no client elsewhere trusts: set server.tls_cert and server.tls_key before others use this",
		"sha256", fingerprint, "file", file)
	return secure, file, nil
}

// leaveCertificate writes the certificate that a server shows into its directory.
func leaveCertificate(dir string, secure *tls.Config) (file string, err error) {
	pair, err := secure.GetCertificate(nil)
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, selfSignedFile)
	return file, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600)
}
