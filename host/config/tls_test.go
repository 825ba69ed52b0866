package config

import (
	"path/filepath"
	"testing"
)

func TestFilesOfTLS(t *testing.T) {
	dir, absolute := t.TempDir(), filepath.Join(t.TempDir(), "cert.pem")
	l, err := Load(dir, noEnv, map[string]string{"server.tls_cert": absolute, "server.tls_key": "tls/key.pem"})
	if err != nil {
		t.Fatal(err)
	}
	if cert, key := l.TLSFiles(); cert != absolute || key != filepath.Join(dir, "tls", "key.pem") {
		t.Errorf("%q, %q", cert, key)
	}
	if cert, key := (Loaded{Dir: dir}).TLSFiles(); cert != "" || key != "" {
		t.Errorf("none: %q, %q", cert, key)
	}
	if _, err := Load(dir, noEnv, map[string]string{"server.tls_key": "../key.pem"}); err == nil {
		t.Error("a path that leaves the directory is taken")
	}
}
