package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"workcell/host/config"
	"workcell/storage/backup"
)

func TestFilesThatABackupLeavesOut(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(filepath.Join(dir, "ship.pub"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
	for name, test := range map[string]struct {
		config config.Config
		want   []string
	}{
		"none":                        {config.Config{}, nil},
		"TLS":                         {config.Config{ServerTLSCert: elsewhere, ServerTLSKey: "key.pem"}, []string{elsewhere, filepath.Join(dir, "key.pem")}},
		"the public key of tokens":    {config.Config{AuthJWTPublicKeyPath: "ca.pub"}, []string{filepath.Join(dir, "ca.pub")}},
		"a key for modules, and file": {config.Config{HandlerTrustedKeys: key + ", ship.pub"}, []string{filepath.Join(dir, "ship.pub")}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := filesElsewhere(config.Loaded{Dir: dir, Config: test.config}); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestContentsInWords(t *testing.T) {
	for want, names := range map[string][]string{
		"the store": {"store/FORMAT", "store/000004.sst"},
		"the store, config.toml, modules of handlers (2)": {"config.toml", "modules/a.wasm", "modules/b.wasm", "store/FORMAT"},
	} {
		var files []backup.File
		for _, name := range names {
			files = append(files, backup.File{Name: name})
		}
		if got := contents(files); got != want {
			t.Errorf("%q are %q, want %q", names, got, want)
		}
	}
}
