package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNothingGivenMeansDefaults(t *testing.T) {
	dir := t.TempDir()
	l, err := Load(dir, nil, nil)
	if err != nil || l.Config != Default() || len(l.Warnings)+len(l.Unknown) != 0 || l.Dir != dir {
		t.Errorf("Load = %+v, %v", l, err)
	}
	for _, k := range table {
		if o, ok := l.Origins[k.name]; !ok || o != (Origin{}) {
			t.Errorf("%s comes from %v", k.name, o)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("Load created %v", entries)
	}
}

func TestLaterPlacesWin(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	content := "[server]\nport = 2001\nmax_connections = 2\n[rate_limit]\nmax_requests = 3\n[retry]\nbackoff_multiplier = 3\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	env := vars(map[string]string{"PM_SERVER_PORT": "2002", "PM_RATE_LIMIT_MAX_REQUESTS": "4", "PM_RETRY_JITTER": "Off"})
	l, err := Load(dir, env, map[string]string{"server.port": "2003", "handler.timeout_secs": "7"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.ServerPort, want.ServerMaxConnections, want.RateLimitMaxRequests = 2003, 2, 4
	want.RetryBackoffMultiplier, want.RetryJitter, want.HandlerTimeout = 3, false, 7*time.Second
	if l.Config != want {
		t.Errorf("got\n%+v, want\n%+v", l.Config, want)
	}
	for name, origin := range map[string]Origin{
		"server.port":             {Source: SourceFlag},
		"server.max_connections":  {SourceFile, path},
		"rate_limit.max_requests": {SourceEnvironment, "PM_RATE_LIMIT_MAX_REQUESTS"},
		"server.host":             {},
	} {
		if l.Origins[name] != origin {
			t.Errorf("%s comes from %v, want %v", name, l.Origins[name], origin)
		}
	}
}

func TestSyntaxErrorNamesFileAndLine(t *testing.T) {
	for content, line := range map[string]int{
		"[server]\nport = = 1\n":       2,
		"[server]\nport = 1\nport = 2": 3,
		"a\xff = 1":                    1,
		"# fine\n\n[server":            3,
	} {
		_, err := fromFile(t, content)
		syntax, ok := errors.AsType[*SyntaxError](err)
		if !ok || syntax.Line != line || filepath.Base(syntax.File) != FileName || syntax.Reason == "" {
			t.Errorf("%q: %v, want line %d", content, err, line)
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, noEnv, nil); err == nil {
		t.Error("a directory was read as a file")
	}
	if _, err := fromFile(t, strings.Repeat("#\n", maxFileBytes/2)+"#"); err == nil {
		t.Error("an endless file was read")
	}
	if _, err := fromFile(t, strings.Repeat("#\n", maxFileBytes/2)); err != nil {
		t.Errorf("the longest file is refused: %v", err)
	}
}

func TestTheFileIsTyped(t *testing.T) {
	for _, c := range []struct{ key, content, value string }{
		{"server.port", `[server]` + "\n" + `port = "8080"`, `"8080"`},
		{"server.port", "[server]\nport = 8080.0", "8080.0"},
		{"server.port", "server.port = {a = 1}", "a table"},
		{"server.port", "[[server.port]]", "a table"},
		{"server.host", "server.host = 1", "1"},
		{"server.host", "server.host = [1]", "an array"},
		{"server.host", "server.host = 2020-01-01", "2020-01-01"},
		{"auth.enabled", "auth.enabled = 1", "1"},
		{"auth.enabled", `auth.enabled = "yes"`, `"yes"`},
		{"auth.jwt_secret", "auth.jwt_secret = 12345", "(hidden)"},
		{"retry.backoff_multiplier", `retry.backoff_multiplier = "2"`, `"2"`},
		{"retry.backoff_multiplier", `retry.backoff_multiplier = nan`, `NaN`},
		{"server", "server = 1", "1"},
		{"server", "[[server]]", "a table"},
	} {
		_, err := fromFile(t, c.content)
		p, ok := errors.AsType[Problem](err)
		if !ok || p.Key != c.key || !strings.HasPrefix(p.Value, c.value) || p.Origin.Source != SourceFile {
			t.Errorf("%q: %v", c.content, err)
		}
	}
}

func TestUnknownKeysAreToldOf(t *testing.T) {
	for _, c := range []struct{ content, names, suggests string }{
		{"[server]\nprot = 1", "server.prot", "server.port"},
		{"[Server]\nport = 1", "Server.port", "server.port"},
		{"[sever]\nport = 1", "sever.port", "server.port"},
		{"[server]\nmax_requests = 1", "server.max_requests", "rate_limit.max_requests"},
		{"port = 1", "port", "server.port"},
		{"enabled = true", "enabled", ""}, // auth or api: no guess
		{"[circuit_breaker]\nhalf_open_sucess_treshold = 1", "circuit_breaker.half_open_sucess_treshold", "circuit_breaker.half_open_success_threshold"},
		{"[colours]\nsky = 'blue'", "colours.sky", ""},
		{`"server.port" = 1`, `"server.port"`, "server.port"},
		{`server."a.b" = 1`, `server."a.b"`, ""},
		{"[server.tls.deep]\na = 1", "server.tls", ""},
		{"[[plugin]]\na = 1", "plugin", ""},
	} {
		l, err := fromFile(t, c.content)
		if err != nil || len(l.Unknown) != 1 || l.Config != Default() {
			t.Errorf("%q: %v, unknown %q", c.content, err, l.Unknown)
			continue
		}
		named := strings.Contains(l.Unknown[0], "unknown key "+c.names+" is ignored")
		_, guess, guessed := strings.Cut(l.Unknown[0], "did you mean ")
		if !named || guessed != (c.suggests != "") || strings.TrimSuffix(guess, "?") != c.suggests {
			t.Errorf("%q: unknown %q", c.content, l.Unknown[0])
		}
	}
}

func TestUnknownVariablesAreToldOf(t *testing.T) {
	got := UnknownVariables([]string{
		"PM_SERVER_PORT=1", "PM_CONFIG_DIR=x", "PATH=/bin", "PM_AUTH_ENABELD=true", "pm_server_prot=1", "PM_=", "PM_MOON=full", "PM",
	})
	want := []string{
		"unknown variable PM_ is ignored",
		"unknown variable PM_AUTH_ENABELD is ignored; did you mean PM_AUTH_ENABLED?",
		"unknown variable PM_MOON is ignored",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestUnknownOverridesAreProblems(t *testing.T) {
	_, err := Load(t.TempDir(), noEnv, map[string]string{"server.prot": "1", "x": "2"})
	all, _ := errors.AsType[Problems](err)
	if len(all) != 2 || all[0].Remedy != "did you mean server.port?" || all[1].Key != "x" {
		t.Errorf("got %v", err)
	}
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	content := "[server]\nport = 80\nhost = 7\n[handler]\ntimeout_secs = 0\n[websocket]\nheartbeat_interval_secs = 60\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	env := vars(map[string]string{"PM_RETRY_JITTER": "maybe", "PM_SERVER_PORT": "http", "PM_RETRY_MAX_ATTEMPTS": ""})
	l, err := Load(dir, env, map[string]string{"auth.enabled": "on", "rate_limit.max_requests": "0"})
	file := Origin{SourceFile, path}
	want := Problems{
		{"server.host", "7", file, hostName.says, "correct or remove the line in config.toml"},
		{
			"server.port", `"http"`,
			Origin{SourceEnvironment, "PM_SERVER_PORT"},
			"0 or a whole number in 1024..65535", "correct or unset PM_SERVER_PORT",
		},
		{
			"rate_limit.max_requests", "0",
			Origin{Source: SourceFlag},
			"a whole number in 1..10000",
			"correct it on the command line",
		},
		{
			"retry.max_attempts", `""`,
			Origin{SourceEnvironment, "PM_RETRY_MAX_ATTEMPTS"},
			"a whole number in 1..10",
			"correct or unset PM_RETRY_MAX_ATTEMPTS",
		},
		{
			"retry.jitter", `"maybe"`,
			Origin{SourceEnvironment, "PM_RETRY_JITTER"},
			flag{}.allowed(),
			"correct or unset PM_RETRY_JITTER",
		},
		{"handler.timeout_secs", "0", file, "a whole number in 1..300", "correct or remove the line in config.toml"},
		{
			"websocket.heartbeat_timeout_secs", "60",
			Origin{},
			"more than websocket.heartbeat_interval_secs, which is 60 (" + file.String() + ")",
			"set it in config.toml or with PM_WS_HEARTBEAT_TIMEOUT_SECS",
		},
		{
			"auth.enabled", "true",
			Origin{Source: SourceFlag},
			"true only when a key for tokens is set",
			"set auth.jwt_secret (at least 32 bytes) or auth.jwt_public_key_path, or switch authentication off",
		},
	}
	if got, _ := errors.AsType[Problems](err); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", err, want)
	}
	for _, p := range want {
		if !strings.Contains(err.Error(), p.Error()) || !errors.Is(err, error(p)) {
			t.Errorf("the error does not hold %v", p)
		}
	}
	if l.Config.ServerPort != 8080 || l.Config.HandlerTimeout != 30*time.Second {
		t.Errorf("keys with a problem have no default: %+v", l.Config)
	}
}

func TestAnOverriddenRangeDoesNotMatterButAnUnreadableTextDoes(t *testing.T) {
	flags := map[string]string{"server.port": "3000"}
	if l, err := Load(t.TempDir(), vars(map[string]string{"PM_SERVER_PORT": "80"}), flags); err != nil || l.Config.ServerPort != 3000 {
		t.Errorf("overridden value out of range: %v", err)
	}
	if _, err := Load(t.TempDir(), vars(map[string]string{"PM_SERVER_PORT": "x"}), flags); err == nil {
		t.Error("overridden unreadable value is accepted")
	}
}

func TestSettledValues(t *testing.T) {
	const id = "ABCDEFAB-0000-4000-8000-00000000000A"
	for _, c := range []struct {
		key, value, want string
		warned           bool
	}{
		{"logging.level", "WARN", "warn", false},
		{"logging.level", "Trace", "trace", false},
		{"logging.level", "off", "off", false},
		{"logging.level", "loud\n", "info", true},
		{"logging.level", "", "info", true},
		{"logging.format", "Json", "json", false},
		{"validation.sanitize", "TRIM", "trim", false},
		{"api.llm_user_id", id, strings.ToLower(id), false},
		{"api.llm_user_id", "robot", defaultLLMUser, true},
		{"api.llm_user_id", "", defaultLLMUser, true},
	} {
		l, err := Load(t.TempDir(), noEnv, map[string]string{c.key: c.value})
		i, _ := find(c.key)
		if got := table[i].kind.get(&l.Config); err != nil || got != c.want || (len(l.Warnings) == 1) != c.warned {
			t.Errorf("%s = %q: got %q, warnings %q, %v", c.key, c.value, got, l.Warnings, err)
		}
		if c.warned && (strings.Contains(l.Warnings[0], "\n") || !strings.Contains(l.Warnings[0], c.key)) {
			t.Errorf("warning %q", l.Warnings[0])
		}
	}
}

func TestAnEmptyDesktopUserIsDrawnAtEachLoad(t *testing.T) {
	env := vars(map[string]string{"PM_AUTH_DESKTOP_USER_ID": ""})
	first, err1 := Load(t.TempDir(), env, nil)
	second, err2 := Load(t.TempDir(), env, nil)
	a, b := first.Config.AuthDesktopUserID, second.Config.AuthDesktopUserID
	if err1 != nil || err2 != nil || !strings.HasPrefix(a, "session-") || len(a) != len("session-")+36 || a == b {
		t.Errorf("drew %q and %q (%v, %v)", a, b, err1, err2)
	}
}
