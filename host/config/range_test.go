package config

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// edge is one value of a key and whether its range holds it.
type edge struct {
	text string
	ok   bool
}

// edges generates, from the row itself, values on both sides of each end of its range.
func edges(k key) []edge {
	switch kind := k.kind.(type) {
	case whole:
		return append(kind.edges(), edge{"1.5", false})
	case span:
		return append(kind.edges(), edge{"1s", false})
	case decimal:
		return []edge{
			{kind.print(kind.min), true},
			{kind.print(kind.max), true},
			{kind.print(math.Nextafter(kind.min, -1)), false},
			{kind.print(math.Nextafter(kind.max, 1e9)), false},
			{"NaN", false},
			{"Inf", false},
			{"-Inf", false},
			{"1e999", false},
			{"", false},
			{"two", false},
		}
	case flag:
		var es []edge
		for _, word := range []string{"true", "1", "yes", "on", "TRUE", "Yes", "oN", "false", "0", "no", "off", "OFF", " no\r"} {
			es = append(es, edge{word, true})
		}
		for _, word := range []string{"", "2", "y", "n", "t", "enabled", "-1", "truefalse"} {
			es = append(es, edge{word, false})
		}
		return es
	}
	return nil
}

func (l limits) edges() []edge {
	print := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []edge{
		{print(l.min), true},
		{print(l.max), true},
		{print(l.def), true},
		{" " + print(l.min) + "\r\n", true},
		{print(l.min - 1), l.orZero && l.min == 1},
		{print(l.max + 1), false},
		{"0", l.orZero || l.min == 0},
		{"-1", false},
		{print(math.MaxInt64), false},
		{print(math.MinInt64), false},
		{"9223372036854775808", false},
		{"", false},
		{"many", false},
		{"0x10", false},
		{"1_0", false},
	}
}

func TestRangeEdgesOfEveryNumberAndFlag(t *testing.T) {
	dir := t.TempDir()
	for _, k := range table {
		for _, e := range edges(k) {
			for source, load := range map[string]func() (Loaded, error){
				"environment": func() (Loaded, error) { return Load(dir, vars(map[string]string{k.env: e.text}), nil) },
				"flag":        func() (Loaded, error) { return Load(dir, noEnv, map[string]string{k.name: e.text}) },
			} {
				if source == "environment" && k.env == "" {
					continue
				}
				l, err := load()
				if ok := !complains(err, k); ok != e.ok {
					t.Errorf("%s = %q from the %s: accepted %t, want %t (%v)", k.name, e.text, source, ok, e.ok, err)
				}
				if got := l.Origins[k.name].Source.String(); e.ok && got != source {
					t.Errorf("%s: source %s, want %s", k.name, got, source)
				}
			}
		}
	}
}

// complains reports whether err finds this key unreadable or out of range; problems it has with others do not count.
func complains(err error, k key) bool {
	all, _ := errors.AsType[Problems](err)
	for _, p := range all {
		if p.Key == k.name && p.Allowed == k.kind.allowed() {
			return true
		}
	}
	return false
}

func TestRangeEdgesOfEveryNumberInTheFile(t *testing.T) {
	for _, k := range table {
		for _, e := range edges(k) {
			if _, isFlag := k.kind.(flag); isFlag || !isNumeral(e.text) {
				continue
			}
			_, err := fromFile(t, "["+k.section()+"]\n"+k.short()+" = "+strings.TrimSpace(e.text)+"\n")
			if ok := !complains(err, k); ok != e.ok {
				t.Errorf("%s = %s in the file: accepted %t, want %t (%v)", k.name, e.text, ok, e.ok, err)
			}
		}
	}
}

// isNumeral reports whether s, as it stands, is a number that TOML can hold.
func isNumeral(s string) bool {
	s = strings.TrimSpace(s)
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.Contains(s, ".")
}

// fromFile loads a directory that holds just this config.toml.
func fromFile(t *testing.T, content string) (Loaded, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(dir, noEnv, nil)
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		key, value string
		ok         bool
	}{
		{"server.host", "0.0.0.0", true},
		{"server.host", "::1", true},
		{"server.host", "fe80::1%eth0", true},
		{"server.host", "localhost", true},
		{"server.host", "board-1.example.org", true},
		{"server.host", "", false},
		{"server.host", "localhost:8080", false},
		{"server.host", "[::1]", false},
		{"server.host", "a b", false},
		{"server.host", "http://a", false},
		{"server.host", "a\nb", false},
		{"server.host", "fe80::1%a\nb", false},
		{"server.host", strings.Repeat("a", 254), false},

		{"database.path", "data.db", true},
		{"database.path", "a/b", true},
		{"database.path", "..data", true},
		{"database.path", "", false},
		{"database.path", ".", false},
		{"database.path", "a/..", false},
		{"database.path", "..", false},
		{"database.path", "../x", false},
		{"database.path", "a/../b", false},
		{"database.path", "/var/data", false},
		{"database.path", "a\x00b", false},
		{"database.path", "a\xffb", false},

		{"logging.dir", "log", true},
		{"logging.dir", "../log", false},
		{"logging.dir", "/log", false},
		{"logging.dir", "", false},
		{"logging.file", "", true},
		{"logging.file", "a.log", true},
		{"logging.file", "sub/a.log", true},
		{"logging.file", "../a.log", false},
		{"logging.file", "a/../../b", false},
		{"logging.file", "a\nb", false},

		{"logging.format", "auto", true},
		{"logging.format", "JSON", true},
		{"logging.format", "xml", false},
		{"logging.format", "", false},
		{"logging.level", "anything", true},
		{"logging.level", "", true},
		{"logging.level", "a\nb", true},
		{"validation.sanitize", "trim", true},
		{"validation.sanitize", "Escape", true},
		{"validation.sanitize", "none", false},
		{"validation.sanitize", "", false},

		{"auth.desktop_user_id", "Jörg", true},
		{"auth.desktop_user_id", "", true},
		{"auth.desktop_user_id", "a\x1b[31m", false},
		{"auth.jwt_public_key_path", "../key.pem", false},
		{"auth.jwt_public_key_path", "/key.pem", false},
		{"auth.jwt_public_key_path", "missing.pem", false},
		{"auth.jwt_public_key_path", "", true},
		{"auth.jwt_secret", "\x00short", true},
		{"api.llm_user_id", "nobody", true},
		{"api.llm_user_name", "", true},
		{"api.llm_user_name", "a\tb", false},
	} {
		_, err := Load(t.TempDir(), noEnv, map[string]string{c.key: c.value})
		if ok := err == nil; ok != c.ok {
			t.Errorf("%s = %q: accepted %t, want %t (%v)", c.key, c.value, ok, c.ok, err)
		}
	}
	absolute := filepath.Join(t.TempDir(), "a.log")
	if l, err := Load(t.TempDir(), noEnv, map[string]string{"logging.file": absolute}); err != nil || l.LogFile() != absolute {
		t.Errorf("absolute log file: %q, %v", l.LogFile(), err)
	}
}
