package main

import (
	"os"

	"workcell/host/config"
)

// dirUsage describes the flag --dir, which all verbs share.
const dirUsage = "configuration and data directory (default: PM_CONFIG_DIR, else .pm at the top of the git work tree, else ~/.pm)"

// configDir returns the configuration directory; explicit is the value of --dir.
func configDir(explicit string) (string, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	executable, err := os.Executable()
	if err != nil {
		return "", err
	}
	return config.Dir(explicit, os.LookupEnv, cwd, executable)
}
