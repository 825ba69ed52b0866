package config

import "path/filepath"

// DatabaseDir returns the storage directory.
func (l Loaded) DatabaseDir() string { return filepath.Join(l.Dir, l.Config.DatabasePath) }

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
