package config

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawValue draws a valid value of k.
func drawValue(t *rapid.T, k key) any {
	switch kind := k.kind.(type) {
	case whole:
		return rapid.Int64Range(kind.min, kind.max).Draw(t, k.name)
	case span:
		return rapid.Int64Range(kind.min, kind.max).Draw(t, k.name)
	case decimal:
		return rapid.Float64Range(kind.min, kind.max).Draw(t, k.name)
	case flag:
		return rapid.Bool().Draw(t, k.name)
	case secretText:
		return rapid.String().Draw(t, k.name)
	}
	switch k.name {
	case "server.allowed_origins":
		return rapid.SampledFrom([]string{"", "*", "https://a.example, http://localhost:3000"}).Draw(t, k.name)
	case "tracing.endpoint":
		return rapid.SampledFrom([]string{"", "http://127.0.0.1:4318", "https://c.example/x/v1/traces?a=b"}).Draw(t, k.name)
	}
	texts := rapid.OneOf(
		rapid.StringMatching(`[a-z0-9]{1,8}(/[a-zé"\\#' .]{1,8}){0,2}`), rapid.String(),
		rapid.SampledFrom([]string{"active", "Trim", "escape", "json", "auto", "TEXT", "warn", "::1", "localhost", defaultLLMUser}),
	)
	return texts.Filter(func(s string) bool { return k.kind.valid(s) }).Draw(t, k.name)
}

func TestPrintedValuesParseAgain(t *testing.T) {
	for _, k := range table {
		rapid.Check(t, func(t *rapid.T) {
			v := drawValue(t, k)
			if got, ok := k.kind.parse(k.kind.print(v)); !ok || got != v {
				t.Fatalf("%s: %#v printed as %q parses as %#v", k.name, v, k.kind.print(v), got)
			}
			var c Config
			k.kind.set(&c, v)
			if got := k.kind.get(&c); got != v {
				t.Fatalf("%s: set %#v, got %#v", k.name, v, got)
			}
		})
	}
}

func TestShownConfigurationLoadsAgain(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		flags := map[string]string{}
		for _, k := range table {
			if !k.secret && k.name != "auth.jwt_public_key_path" && rapid.Bool().Draw(t, "set "+k.name) {
				flags[k.name] = k.kind.print(drawValue(t, k))
			}
		}
		flags["auth.enabled"], flags["websocket.heartbeat_timeout_secs"] = "off", "600"
		first, err := load(dir, "config.toml", "", noEnv, flags)
		if err != nil {
			t.Fatal(err)
		}
		checkShow(t, first)
	})
}

// checkShow loads what l shows and compares.
func checkShow(t interface{ Fatalf(string, ...any) }, l Loaded) {
	var shown strings.Builder
	if err := l.Show(&shown); err != nil {
		t.Fatalf("show: %v", err)
	}
	again, err := load(l.Dir, "config.toml", shown.String(), noEnv,
		map[string]string{"auth.jwt_secret": string(l.Config.AuthJWTSecret)})
	if err != nil || len(again.Warnings)+len(again.Unknown) != 0 {
		t.Fatalf("%v, %q in\n%s", err, again.Warnings, shown.String())
	}
	if l.drawn {
		again.Config.AuthDesktopUserID = l.Config.AuthDesktopUserID
	}
	if again.Config != l.Config {
		t.Fatalf("got\n%+v, want\n%+v from\n%s", again.Config, l.Config, shown.String())
	}
}

func TestRandomFilesNeverPanic(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"\n", "[", "]", "[[", "]]", "=", ".", `"`, `"""`, "'", "{", "}", ",", "#", "server", "port", "auth", "1e5", "nan",
			"-", "0x", "true", "1979-05-27T07:32:00Z", "\x00", "\xff", "\ufeff", "\r\n", "port = 80\n", "[server]\n",
		}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		content := strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "content"), "")
		l, err := load("dir", "config.toml", content, noEnv, nil)
		_ = fmt.Sprint(l, err)
	})
}

func TestDeepFilesAreCheapOrRefused(t *testing.T) {
	longest := func(s string) string { return strings.Repeat(s, maxLineBytes/len(s)-8) }
	for _, content := range []string{
		"a = " + strings.Repeat("[", maxFileBytes-4),
		"a = " + strings.Repeat("[\n", maxFileBytes/2-2),
		"a = " + strings.Repeat("[\n", maxFileBytes/4-2) + strings.Repeat("]\n", maxFileBytes/4-2),
		strings.Repeat("a.", maxFileBytes/2) + "a = 1",
		longest("a.") + "a = 1",
		"[" + longest("a.") + "a]",
		"a = " + strings.Repeat("{a=", maxBraces) + "1" + strings.Repeat("}", maxBraces),
		"a = " + strings.Repeat("{a=\n", maxBraces) + "1" + strings.Repeat("}\n", maxBraces),
		"a = " + strings.Repeat("{\na=", maxFileBytes/4-2),
	} {
		l, err := load("dir", "config.toml", content, noEnv, nil)
		for _, w := range append(l.Unknown, fmt.Sprint(err)) {
			if len(w) > 1000 {
				t.Errorf("a message of %d bytes", len(w))
			}
		}
	}
	for _, content := range []string{strings.Repeat("{\n", maxBraces+1), "#" + strings.Repeat(" ", maxLineBytes)} {
		if _, err := load("dir", "config.toml", content, noEnv, nil); err == nil || !strings.Contains(err.Error(), "than") {
			t.Errorf("not refused: %v", err)
		}
	}
}
