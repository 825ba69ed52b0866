package config

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// house is a place with everything that Dir looks for.
type house struct{ work, deep, exe, root, home string }

func newHouse(t *testing.T) house {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := house{
		work: filepath.Join(top, "work"), deep: filepath.Join(top, "work", "a", "b"),
		exe: filepath.Join(top, "bin", "workcell"), root: filepath.Join(top, "root"), home: filepath.Join(top, "home"),
	}
	for _, dir := range []string{h.deep, filepath.Dir(h.exe), h.root, h.home} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing above the house may count as its work tree.
	t.Setenv("GIT_CEILING_DIRECTORIES", top)
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	return h
}

func (h house) gitInit(t *testing.T) {
	t.Helper()
	cmd := exec.Command("git", "init", "--quiet", h.work)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("this test needs git: %v\n%s", err, out)
	}
}

func (h house) writeConfigJSON(t *testing.T, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(h.exe), "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (h house) env(more ...string) func(string) (string, bool) {
	m := map[string]string{"HOME": h.home, "USERPROFILE": h.home}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return vars(m)
}

func wantDir(t *testing.T, what, want string) func(string, error) {
	return func(got string, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", what, got, err, want)
		}
	}
}

func TestDirTakesTheFirstRuleThatNamesOne(t *testing.T) {
	h := newHouse(t)
	inHome, inRoot, inWork := filepath.Join(h.home, ".pm"), filepath.Join(h.root, ".pm"), filepath.Join(h.work, ".pm")
	named := filepath.Join(h.deep, "named")

	wantDir(t, "home", inHome)(Dir("", h.env(), h.deep, h.exe))
	h.writeConfigJSON(t, `{"repo_root": `+strings.TrimSpace(quote(h.root))+`, "other": 1}`)
	wantDir(t, "config.json before home", inRoot)(Dir("", h.env(), h.deep, h.exe))
	wantDir(t, "no executable", inHome)(Dir("", h.env(), h.deep, ""))
	h.gitInit(t)
	wantDir(t, "work tree before config.json", inWork)(Dir("", h.env(), h.deep, h.exe))
	wantDir(t, "no cwd", inRoot)(Dir("", h.env(), "", h.exe))
	wantDir(t, "variable before work tree", named)(Dir("", h.env(DirEnv, named), h.deep, h.exe))
	wantDir(t, "relative variable", named)(Dir("", h.env(DirEnv, "named"), h.deep, h.exe))
	wantDir(t, "empty variable", inWork)(Dir("", h.env(DirEnv, ""), h.deep, h.exe))
	wantDir(t, "explicit before variable", named)(Dir("./named", h.env(DirEnv, "/elsewhere"), h.deep, h.exe))

	for _, dir := range []string{inHome, inRoot, inWork, named} {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("Dir created %s", dir)
		}
	}
}

func TestDirWithoutGitSkipsOnlyThatRule(t *testing.T) {
	h := newHouse(t)
	h.gitInit(t)
	t.Setenv("PATH", t.TempDir())
	wantDir(t, "git is missing", filepath.Join(h.home, ".pm"))(Dir("", h.env(), h.deep, h.exe))
}

func TestDirSkipsAConfigJSONThatIsNotOurs(t *testing.T) {
	h := newHouse(t)
	for _, content := range []string{"", "{", "[]", `{"repo_root": 1}`, `{"repo_root": ""}`, `{"root": "/x"}`} {
		h.writeConfigJSON(t, content)
		wantDir(t, content, filepath.Join(h.home, ".pm"))(Dir("", h.env(), h.deep, h.exe))
	}
}

func TestDirWithoutAnything(t *testing.T) {
	h := newHouse(t)
	if _, err := Dir("", nil, h.deep, h.exe); !errors.Is(err, ErrNoDir) {
		t.Errorf("got %v", err)
	}
}

func TestEnsureDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", ".pm")
	for range 2 {
		if err := EnsureDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "below")} {
		if err := EnsureDir(bad); err == nil || !strings.Contains(err.Error(), DirEnv) {
			t.Errorf("EnsureDir(%s) = %v", bad, err)
		}
	}
}
