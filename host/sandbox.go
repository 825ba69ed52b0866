package host

import (
	"path/filepath"

	"workcell/host/config"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// SandboxConfig returns how the appliance in dir runs guests. Tools that run handlers without it run them so too.
func SandboxConfig(dir string, c *config.Config) sandbox.Config {
	return sandbox.Config{
		Functions:   hostcall.Functions(),
		MemoryPages: uint32(MaxPages(c)),
		CacheDir:    filepath.Join(dir, "cache"),
		Kind:        c.SandboxEngine,
		Reset:       c.SandboxReset,
	}
}
