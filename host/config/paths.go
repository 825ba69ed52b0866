package config

import (
	"path/filepath"
	"strings"
)

// DatabaseDir returns the storage directory.
func (l Loaded) DatabaseDir() string { return filepath.Join(l.Dir, l.Config.DatabasePath) }

// CheckpointDir returns the directory in which a checkpoint of the box appears while a backup reads it.
func (l Loaded) CheckpointDir() string { return l.DatabaseDir() + ".checkpoint" }

// LogFile returns the log file, or an empty path for standard output.
func (l Loaded) LogFile() string {
	file := l.Config.LoggingFile
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(l.Dir, l.Config.LoggingDir, file)
}

// PublicKeyFile returns the file with the public key of tokens, or an empty path when there is none.
func (l Loaded) PublicKeyFile() string {
	if l.Config.AuthJWTPublicKeyPath == "" {
		return ""
	}
	return filepath.Join(l.Dir, l.Config.AuthJWTPublicKeyPath)
}

// TLSFiles returns the files with the certificate and its private key; a path is empty if it is not set.
func (l Loaded) TLSFiles() (cert, key string) {
	return l.file(l.Config.ServerTLSCert), l.file(l.Config.ServerTLSKey)
}

func (l Loaded) file(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.Dir, path)
}

// Origins returns the sites whose pages may read the HTTP answers; one that is "*" stands for all.
func (c Config) Origins() []string { return splitList(c.ServerAllowedOrigins) }

// TracesURL returns where traces are posted to, or an empty text for none. An endpoint without a path gets the usual one.
func (c Config) TracesURL() string {
	endpoint := strings.TrimSuffix(c.TracingEndpoint, "/")
	if _, host, ok := strings.Cut(endpoint, "://"); ok && !strings.ContainsAny(host, "/?") {
		return endpoint + "/v1/traces"
	}
	return c.TracingEndpoint
}
