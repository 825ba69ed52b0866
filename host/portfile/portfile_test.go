package portfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func sample(pid int) Info {
	return Info{PID: pid, Port: 43211, Host: "127.0.0.1", StartedAt: started, Version: "0.1.4"}
}

// put writes a file as a stranger would.
func put(t *testing.T, dir, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// files returns the names in dir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteReadRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", ".pm")
	info := sample(os.Getpid())
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrStale) {
		t.Errorf("before: %v", err)
	}
	if err := Remove(dir, os.Getpid()); err != nil {
		t.Errorf("remove before: %v", err)
	}
	for range 2 { // our own file is replaced
		if err := Write(dir, info); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Read(dir); err != nil || got != info {
		t.Errorf("Read = %+v, %v", got, err)
	}
	if names := files(t, dir); len(names) != 1 || names[0] != FileName {
		t.Errorf("files %v", names)
	}
	if err := Remove(dir, os.Getpid()); err != nil {
		t.Error(err)
	}
	if names := files(t, dir); len(names) != 0 {
		t.Errorf("files %v after Remove", names)
	}
}

func TestTheFileHasTheDocumentedForm(t *testing.T) {
	dir := t.TempDir()
	info := sample(os.Getpid())
	info.StartedAt = started.In(time.FixedZone("", 2*3600))
	if err := Write(dir, info); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	_, rest, _ := strings.Cut(string(raw), ",")
	const want = `"port":43211,"host":"127.0.0.1","started_at":"2026-01-02T03:04:05+00:00","version":"0.1.4"}` + "\n"
	if err != nil || rest != want {
		t.Errorf("got %s, %v; want %s", rest, err, want)
	}
}

func TestAServerWithTLSNamesItsCertificate(t *testing.T) {
	dir := t.TempDir()
	info := sample(os.Getpid())
	info.Certificate = filepath.Join(dir, "cert.pem")
	if err := Write(dir, info); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(dir); err != nil || got != info {
		t.Errorf("Read = %+v, %v", got, err)
	}
	info.Certificate = "cert.pem" // relative to what?
	if err := Write(dir, info); err == nil || !strings.Contains(err.Error(), "no absolute path") {
		t.Errorf("a relative path: %v", err)
	}
}

func TestURL(t *testing.T) {
	for want, info := range map[string]Info{
		"ws://127.0.0.1:80/ws":  {Host: "127.0.0.1", Port: 80},
		"ws://[::1]:80/ws":      {Host: "::1", Port: 80},
		"ws://[::2]:80/ws":      {Host: "[::2]", Port: 80},
		"wss://localhost:80/ws": {Host: "localhost", Port: 80, Certificate: "/cert.pem"},
	} {
		if got := info.URL(); got != want {
			t.Errorf("%+v: %s, want %s", info, got, want)
		}
	}
}

func TestHostsOnAllInterfacesAreWrittenAsLoopback(t *testing.T) {
	for host, want := range map[string]string{
		"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "[::]": "127.0.0.1", "": "127.0.0.1", "::ffff:0.0.0.0": "127.0.0.1",
		"0:0:0:0:0:0:0:0": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1", "10.0.0.1": "10.0.0.1", "localhost": "localhost",
	} {
		dir := t.TempDir()
		info := sample(os.Getpid())
		info.Host = host
		if err := Write(dir, info); err != nil {
			t.Error(err)
		}
		if got, err := Read(dir); err != nil || got.Host != want {
			t.Errorf("%q is written as %q (%v), want %q", host, got.Host, err, want)
		}
	}
}

func TestALivingServersFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	pid, end := start(t)
	other := sample(pid)
	if err := Write(dir, other); err != nil {
		t.Fatal(err)
	}
	err := Write(dir, sample(os.Getpid()))
	foreign, ok := errors.AsType[*ForeignError](err)
	if !ok || foreign.PID != pid || !errors.Is(err, ErrForeign) {
		t.Errorf("Write over a living server: %v", err)
	}
	if err := Remove(dir, os.Getpid()); err != nil {
		t.Error(err)
	}
	if got, err := Read(dir); err != nil || got != other {
		t.Errorf("Read = %+v, %v; want %+v", got, err, other)
	}

	end()
	mine := sample(os.Getpid())
	if err := Write(dir, mine); err != nil {
		t.Errorf("Write over a dead server: %v", err)
	}
	if got, err := Read(dir); err != nil || got != mine {
		t.Errorf("Read = %+v, %v", got, err)
	}
}

func TestReadDeletesAStaleFile(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, sample(deadPID(t))); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); !errors.Is(err, ErrStale) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("first Read: %v", err)
	}
	if _, err := Read(dir); errors.Is(err, ErrStale) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second Read: %v", err)
	}
	if names := files(t, dir); len(names) != 0 {
		t.Errorf("files %v", names)
	}
}

func TestMalformedFiles(t *testing.T) {
	const good = `{"pid": 4711, "port": 43211, "host": "h", "started_at": "2026-01-02T03:04:05+00:00", "version": "1"}`
	if _, err := decode([]byte(good)); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, content := range []string{
		"", "{}", "null", "[]", "{", good + "x", good + good, "\xff",
		change(`"pid": 4711, `, ""), change(`"port": 43211, `, ""), change(`"host": "h", `, ""),
		change(`"started_at": "2026-01-02T03:04:05+00:00", `, ""), change(`, "version": "1"`, ""),
		change("4711", "null"), change("4711", "0"), change("4711", "-1"), change("4711", `"4711"`), change("4711", "1e99"),
		change("43211", "0"), change("43211", "65536"), change("43211", "-1"), change("43211", "1.5"),
		change(`"h"`, `""`), change(`"h"`, "null"), change(`"h"`, "7"), change(`"1"`, `""`),
		change("2026-01-02T03:04:05+00:00", "yesterday"), change("2026-01-02T03:04:05+00:00", "2026-01-02"),
		strings.Repeat(" ", maxBytes) + good,
	} {
		dir := t.TempDir()
		put(t, dir, content)
		if _, err := Read(dir); !errors.Is(err, ErrMalformed) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%.100q: %v", content, err)
		}
		if err := Remove(dir, os.Getpid()); err != nil || len(files(t, dir)) != 1 {
			t.Errorf("%.100q: Remove: %v, %v", content, err, files(t, dir))
		}
		if err := Write(dir, sample(os.Getpid())); err != nil {
			t.Errorf("%.100q: Write: %v", content, err)
		}
		if got, err := Read(dir); err != nil || got != sample(os.Getpid()) {
			t.Errorf("%.100q: Read = %+v, %v", content, got, err)
		}
	}
}

func TestOtherWritersFormsAreRead(t *testing.T) {
	for _, at := range []string{"2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05.000000+00:00"} {
		raw := `{"extra": {}, "version": "0.1.4", "host": "127.0.0.1", "started_at": "` + at + `", "port": 43211, "pid": 7}`
		if got, err := decode([]byte(raw)); err != nil || got != sample(7) {
			t.Errorf("%s: %+v, %v", at, got, err)
		}
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	for name, change := range map[string]func(*Info){
		"no process":         func(i *Info) { i.PID = 0 },
		"a process group":    func(i *Info) { i.PID = -1 },
		"port 0":             func(i *Info) { i.Port = 0 },
		"port 65536":         func(i *Info) { i.Port = 65536 },
		"no version":         func(i *Info) { i.Version = "" },
		"a year of 5 digits": func(i *Info) { i.StartedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		dir := t.TempDir()
		info := sample(os.Getpid())
		change(&info)
		if err := Write(dir, info); err == nil || len(files(t, dir)) != 0 {
			t.Errorf("%s: %v, files %v", name, err, files(t, dir))
		}
	}
}

func TestErrorsOfTheFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || errors.Is(err, ErrMalformed) {
		t.Errorf("Read of a directory: %v", err)
	}
	if err := Write(dir, sample(os.Getpid())); err == nil {
		t.Error("Write over a directory succeeds")
	}
	if names := files(t, dir); len(names) != 1 {
		t.Errorf("files %v", names)
	}
	put(t, t.TempDir(), "")
	below := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(below, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(below, sample(os.Getpid())); err == nil {
		t.Error("Write below a file succeeds")
	}
}

func TestAlive(t *testing.T) {
	if runtime.GOOS == "plan9" || runtime.GOOS == "js" {
		t.Log("processes cannot be looked up here; every number counts as alive")
		return
	}
	pid, end := start(t)
	if !alive(pid) || !alive(os.Getpid()) {
		t.Error("a living process counts as dead")
	}
	end()
	for _, dead := range []int{pid, 0, -1, -os.Getpid(), -1 << 31} {
		if alive(dead) {
			t.Errorf("process %d counts as alive", dead)
		}
	}
}
