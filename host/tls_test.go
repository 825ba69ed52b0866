package host

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workcell/host/client"
	"workcell/host/config"
)

func TestWhenThePortSpeaksTLS(t *testing.T) {
	for _, c := range []struct {
		name      string
		cert, key string
		self      bool
		secure    bool
		problem   string
	}{
		{"nothing is set", "", "", false, false, ""},
		{"a self-signed certificate", "", "", true, true, ""},
		{"a certificate without its key", "cert.pem", "", false, false, "belong together"},
		{"a key without its certificate", "", "key.pem", true, false, "belong together"},
		{"files that are not there", "cert.pem", "key.pem", true, false, "cert.pem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := config.Config{ServerHost: "board.example", ServerTLSCert: c.cert, ServerTLSKey: c.key, ServerTLSSelfSigned: c.self}
			h := &Host{config: settings, log: slog.New(slog.DiscardHandler)}
			dir := t.TempDir()
			got, file, err := h.openTLS(config.Loaded{Config: settings, Dir: dir})
			if (got != nil) != c.secure || (err != nil) != (c.problem != "") {
				t.Fatalf("got %v, %v", got, err)
			}
			if want := filepath.Join(dir, "self-signed.pem"); c.secure && file != want || !c.secure && err == nil && file != "" {
				t.Errorf("the certificate is in %q, want %q", file, want)
			}
			if _, err := client.Trust(file); c.secure && err != nil {
				t.Error(err)
			}
			if err != nil && !strings.Contains(err.Error(), c.problem) {
				t.Error(err)
			}
			if c.cert != "" && c.key != "" && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
		})
	}
}
