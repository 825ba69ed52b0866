package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCrossChecks(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{"key.pem": publicKey(t), "text.pem": []byte("PEM")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	secret := Secret(strings.Repeat("s", 32))
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   []string
	}{
		{"timeout one second above interval", func(c *Config) {
			c.WebsocketHeartbeatInterval, c.WebsocketHeartbeatTimeout = 10*time.Second, 11*time.Second
		}, nil},
		{"timeout equals interval", func(c *Config) {
			c.WebsocketHeartbeatInterval, c.WebsocketHeartbeatTimeout = 10*time.Second, 10*time.Second
		}, []string{"websocket.heartbeat_timeout_secs"}},
		{"interval out of range is reported alone", func(c *Config) {
			c.WebsocketHeartbeatInterval = 301 * time.Second
		}, []string{"websocket.heartbeat_interval_secs"}},
		{"auth without any key", func(c *Config) { c.AuthEnabled = true }, []string{"auth.enabled"}},
		{"auth with a secret of 32 bytes", func(c *Config) { c.AuthEnabled, c.AuthJWTSecret = true, secret }, nil},
		{"auth with a secret of 31 bytes", func(c *Config) {
			c.AuthEnabled, c.AuthJWTSecret = true, secret[1:]
		}, []string{"auth.jwt_secret"}},
		{"a short secret with auth off", func(c *Config) { c.AuthJWTSecret = "s" }, nil},
		{"bytes are counted, not letters", func(c *Config) {
			c.AuthEnabled, c.AuthJWTSecret = true, Secret(strings.Repeat("ü", 16))
		}, nil},
		{"auth with a public key", func(c *Config) { c.AuthEnabled, c.AuthJWTPublicKeyPath = true, "key.pem" }, nil},
		{"a public key that is missing", func(c *Config) {
			c.AuthJWTPublicKeyPath = "other.pem"
		}, []string{"auth.jwt_public_key_path"}},
		{"a public key that is none", func(c *Config) { c.AuthJWTPublicKeyPath = "text.pem" }, []string{"auth.jwt_public_key_path"}},
		{"a public key that is a directory", func(c *Config) {
			c.AuthEnabled, c.AuthJWTPublicKeyPath = true, "keys"
		}, []string{"auth.jwt_public_key_path"}},
		{"a short secret is not excused by a public key", func(c *Config) {
			c.AuthEnabled, c.AuthJWTPublicKeyPath, c.AuthJWTSecret = true, "key.pem", "s"
		}, []string{"auth.jwt_secret"}},
		{"ranges and crosses together", func(c *Config) {
			c.ServerPort, c.AuthEnabled = 1023, true
		}, []string{"server.port", "auth.enabled"}},
	} {
		config := Default()
		c.change(&config)
		all, _ := errors.AsType[Problems](config.Validate(dir))
		var got []string
		for _, p := range all {
			got = append(got, p.Key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: problems %v, want %v", c.name, all, c.want)
		}
	}
}

// publicKey returns a public key in PEM form.
func publicKey(t *testing.T) []byte {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&private.PublicKey)})
}

func TestAZeroConfigIsNotValid(t *testing.T) {
	if err := (Config{}).Validate(t.TempDir()); err == nil {
		t.Error("accepted")
	}
}
