package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const secretOf40 = "correct horse battery staple, and then so"

func TestShowNamesEveryKeyAndItsSource(t *testing.T) {
	l, err := Load(t.TempDir(), vars(map[string]string{"PM_SERVER_PORT": "9000", "PM_LOG_FILE": `a"b\c`}), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := l.Show(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"[server]",
		"port = 9000                              # environment PM_SERVER_PORT",
		`host = "127.0.0.1"                       # default`,
		`file = "a\"b\\c"                         # environment PM_LOG_FILE`,
		"backoff_multiplier = 2.0                 # default",
		"# jwt_secret = none                      # default",
	} {
		if !strings.Contains(out.String(), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if got := strings.Count(out.String(), " # "); got != len(table) {
		t.Errorf("%d settings shown, want %d", got, len(table))
	}
}

func TestWhatShowPrintsLoadsAgain(t *testing.T) {
	first, err := Load(t.TempDir(), noEnv, map[string]string{
		"auth.desktop_user_id": "", "api.llm_user_name": `Zoë "the" \ bot`, "server.idle_shutdown_secs": "5",
		"retry.backoff_multiplier": "1.25", "logging.colored": "no",
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Show(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir, noEnv, nil)
	if err != nil || len(again.Warnings)+len(again.Unknown) != 0 {
		t.Fatalf("%v, %q", err, again.Warnings)
	}
	if again.Config.AuthDesktopUserID == first.Config.AuthDesktopUserID {
		t.Error("the drawn user was fixed")
	}
	again.Config.AuthDesktopUserID = first.Config.AuthDesktopUserID
	if again.Config != first.Config {
		t.Errorf("got\n%+v, want\n%+v", again.Config, first.Config)
	}
}

func TestSecretsAreNowhere(t *testing.T) {
	l, err := Load(t.TempDir(), vars(map[string]string{"PM_AUTH_JWT_SECRET": secretOf40, "PM_AUTH_ENABLED": "1"}), nil)
	if err != nil || string(l.Config.AuthJWTSecret) != secretOf40 {
		t.Fatalf("%v", err)
	}
	var out bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&out, format+"\n", l)
		fmt.Fprintf(&out, format+"\n", l.Config.AuthJWTSecret)
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("summary", "config", l, "secret", l.Config.AuthJWTSecret)
	log.LogAttrs(t.Context(), slog.LevelInfo, "summary", l.Summary()...)
	for _, v := range []any{l, l.Settings()} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		out.Write(raw)
	}
	if err := l.Show(&out); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "# jwt_secret = (hidden, 41 bytes)") {
		t.Error("Show does not tell that the secret is set")
	}
	_, err = Load(t.TempDir(), vars(map[string]string{"PM_AUTH_JWT_SECRET": "hush-hush", "PM_AUTH_ENABLED": "1"}), nil)
	fmt.Fprintln(&out, err)
	if err == nil || strings.Contains(out.String(), secretOf40) || strings.Contains(out.String(), "hush") {
		t.Errorf("the secret leaked:\n%s", out.String())
	}
}

func TestSummaryIsGroupedBySection(t *testing.T) {
	l, err := Load(t.TempDir(), noEnv, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).LogAttrs(t.Context(), slog.LevelInfo, "configuration", l.Summary()...)
	var record struct {
		Server struct {
			Host string `json:"host"`
			Port int    `json:"port"`
		} `json:"server"`
		Auth struct {
			Enabled bool   `json:"enabled"`
			Secret  string `json:"jwt_secret"`
		} `json:"auth"`
		Retry struct {
			Growth float64 `json:"backoff_multiplier"`
		} `json:"retry"`
	}
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	if record.Server.Host != "127.0.0.1" || record.Server.Port != 8080 || record.Auth.Enabled ||
		record.Auth.Secret != "none" || record.Retry.Growth != 2 {
		t.Errorf("record %s", out.String())
	}
}

func TestSettingsNameEveryKeyAndItsSource(t *testing.T) {
	l, err := Load(t.TempDir(), vars(map[string]string{"PM_SERVER_PORT": "9000"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Setting{}
	for _, s := range l.Settings() {
		got[s.Key] = s
	}
	for _, want := range []Setting{
		{"server.port", int64(9000), "environment", "PM_SERVER_PORT"},
		{"server.host", "127.0.0.1", "default", ""},
		{"auth.jwt_secret", Secret(""), "default", ""},
		{"retry.jitter", true, "default", ""},
	} {
		if got[want.Key] != want {
			t.Errorf("got %+v, want %+v", got[want.Key], want)
		}
	}
	if len(got) != len(table) {
		t.Errorf("%d settings, want %d", len(got), len(table))
	}
}

func TestHandlersKnowOnlyWhatTheyMay(t *testing.T) {
	l, err := Load(t.TempDir(), noEnv, map[string]string{
		"auth.enabled": "yes", "auth.jwt_secret": secretOf40, "validation.sanitize": "Trim",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"auth.enabled": "true", "validation.sanitize": "trim", "validation.max_title_length": "200",
		"validation.max_description_length": "10000", "validation.max_story_points": "100",
		"validation.max_error_message_length": "200", "validation.max_comment_length": "5000",
		"validation.max_sprint_name_length": "100",
		"api.llm_user_id":                   defaultLLMUser, "api.llm_user_name": "LLM Assistant",
	}
	if got := l.Config.GuestSettings(); !maps.Equal(got, want) {
		t.Errorf("handlers may know %q, want %q", got, want)
	}
}

func TestPathsStartAtTheDirectory(t *testing.T) {
	l := Loaded{Dir: filepath.FromSlash("/etc/board"), Config: Default()}
	if got := l.DatabaseDir(); got != filepath.FromSlash("/etc/board/data.db") {
		t.Errorf("DatabaseDir() = %s", got)
	}
	if l.LogFile() != "" || l.PublicKeyFile() != "" {
		t.Errorf("no file: %q, %q", l.LogFile(), l.PublicKeyFile())
	}
	l.Config.LoggingFile, l.Config.AuthJWTPublicKeyPath = "a.log", "key.pem"
	if got := l.LogFile(); got != filepath.FromSlash("/etc/board/log/a.log") {
		t.Errorf("LogFile() = %s", got)
	}
	if got := l.PublicKeyFile(); got != filepath.FromSlash("/etc/board/key.pem") {
		t.Errorf("PublicKeyFile() = %s", got)
	}
}

func TestListsAndAddresses(t *testing.T) {
	for _, c := range []struct{ endpoint, want string }{
		{"", ""},
		{"http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"},
		{"http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"},
		{"https://c.example/otlp/v1/traces", "https://c.example/otlp/v1/traces"},
		{"https://c.example?a=b", "https://c.example?a=b"},
	} {
		if got := (Config{TracingEndpoint: c.endpoint}).TracesURL(); got != c.want {
			t.Errorf("%q: traces go to %q, want %q", c.endpoint, got, c.want)
		}
	}
	for text, ok := range map[string]bool{
		"": true, "*": true, "https://a.example": true, "https://a.example, http://localhost:3000 ,": true,
		"a.example": false, "https://a.example/": false, "*, https://a.example": false, "https://u@a.example": false, "null": false,
	} {
		if origins.accepts(text) != ok {
			t.Errorf("origins %q: accepted %t", text, !ok)
		}
	}
	for text, ok := range map[string]bool{
		"http://c:4318": true, "ftp://c": false, "c:4318": false, "http://": false, "http://u:p@c": false, "http://c/#x": false,
	} {
		if collectorURL.accepts(text) != ok {
			t.Errorf("collector %q: accepted %t", text, !ok)
		}
	}
	if got := (Config{ServerAllowedOrigins: " https://a.example ,,http://b:1"}).Origins(); len(got) != 2 || got[0] != "https://a.example" || got[1] != "http://b:1" {
		t.Errorf("origins %q", got)
	}
}
