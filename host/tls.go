package host

import (
	"crypto/tls"
	"errors"

	"workcell/host/config"
	"workcell/host/wire"
)

// openTLS returns what the port needs for TLS, or nil if it speaks plainly.
func (h *Host) openTLS(loaded config.Loaded) (*tls.Config, error) {
	switch cert, key := loaded.TLSFiles(); {
	case cert != "" && key != "":
		return wire.LoadTLS(cert, key, h.log)
	case cert != "" || key != "":
		return nil, errors.New("server.tls_cert and server.tls_key belong together: set both, or none for a port without TLS")
	case !h.config.ServerTLSSelfSigned:
		return nil, nil
	}
	secure, fingerprint, err := wire.SelfSignedTLS(h.config.ServerHost)
	if err != nil {
		return nil, err
	}
	h.log.Warn("TLS with a certificate that no client trusts: set server.tls_cert and server.tls_key before others use this", "sha256", fingerprint)
	return secure, nil
}
