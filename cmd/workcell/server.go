package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/pflag"

	"workcell/host/client"
	"workcell/host/portfile"
)

// serverOptions are the flags of the verbs that are clients of a server.
type serverOptions struct{ url, dir string }

func (o *serverOptions) addTo(flags *pflag.FlagSet, usage string) {
	flags.StringVar(&o.url, "url", "", usage+", such as ws://127.0.0.1:8080/ws, or wss:// for one with TLS (default: the one running here)")
	flags.StringVar(&o.dir, "dir", "", dirUsage)
}

// find returns the URL of the server and what to trust there: the one given, with the certificates that the system trusts,
// or the one whose port file is found, with the certificate that it names.
func (o *serverOptions) find() (address string, trust *tls.Config, err error) {
	if o.url != "" {
		return o.url, nil, nil
	}
	dir, err := configDir(o.dir)
	if err != nil {
		return "", nil, fmt.Errorf("%w; or name the server with --url", err)
	}
	server, err := portfile.Read(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("no server is running in %s; start one with `workcell serve`, "+
			"or name another with --dir or --url", dir)
	case err != nil:
		return "", nil, err
	case server.Certificate == "":
		return server.URL(), nil, nil
	}
	trust, err = client.Trust(server.Certificate)
	return server.URL(), trust, err
}

// explain adds to an error of connecting what can be done about it.
func (o *serverOptions) explain(err error) error {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w; no server is listening there, start one with `workcell serve`", err)
	case untrusted && o.url != "":
		return fmt.Errorf("%w; to trust this server, name a PEM file with its certificate in SSL_CERT_FILE", err)
	case untrusted:
		return fmt.Errorf("%w; it is not the one in the file that %s names", err, portfile.FileName)
	}
	return err
}
