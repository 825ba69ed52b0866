package client

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxCertificateBytes bounds what is read as a certificate file.
const maxCertificateBytes = 1 << 20

// Trust returns what trusts one server alone: that with the first certificate of a PEM file. Who has signed it does not
// matter, nor whether the name in it is the one that the connection is made to; it must be good for a server, and now.
func Trust(file string) (*tls.Config, error) {
	certificate, err := readCertificate(file)
	if err != nil {
		return nil, fmt.Errorf("certificate of the server: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	trust := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	switch {
	case len(certificate.DNSNames) > 0:
		trust.ServerName = certificate.DNSNames[0]
	case len(certificate.IPAddresses) > 0:
		trust.ServerName = certificate.IPAddresses[0].String()
	default:
		return nil, fmt.Errorf("certificate of the server: %s is for no host: it needs a subject alternative name", file)
	}
	return trust, nil
}

func readCertificate(file string) (*x509.Certificate, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCertificateBytes))
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New(file + " holds no certificate in PEM form")
}
