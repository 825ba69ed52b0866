package config

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// gitPatience bounds the one git command we run; a repository on a dead network drive must not keep a server down.
const gitPatience = 5 * time.Second

// workTree asks git for the top of the work tree around dir. It is false when there is none, when git is missing and
// when git refuses.
func workTree(dir string) (string, bool) {
	if dir == "" {
		return "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), gitPatience)
	defer cancel()
	git := exec.CommandContext(ctx, "git", "rev-parse", "--show-toplevel")
	git.Dir = dir
	git.WaitDelay = time.Second
	out, err := git.Output()
	top := strings.TrimRight(string(out), "\r\n")
	if err != nil || top == "" {
		return "", false
	}
	return filepath.FromSlash(top), true
}

// repoRoot reads the repo_root of a config.json next to the executable. A file of that name that says something else
// is not ours and is skipped.
func repoRoot(executable string) (string, bool) {
	if executable == "" {
		return "", false
	}
	f, err := os.Open(filepath.Join(filepath.Dir(executable), "config.json"))
	if err != nil {
		return "", false
	}
	defer f.Close()
	var content struct {
		RepoRoot string `json:"repo_root"`
	}
	if err := json.NewDecoder(io.LimitReader(f, maxFileBytes)).Decode(&content); err != nil {
		return "", false
	}
	return content.RepoRoot, content.RepoRoot != ""
}
