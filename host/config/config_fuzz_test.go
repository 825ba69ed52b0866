package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzLoad gives every variable that PM_ names in env, and one override, to a random file.
func FuzzLoad(f *testing.F) {
	var shown strings.Builder
	if err := (Loaded{Config: Default()}).Show(&shown); err != nil {
		f.Fatal(err)
	}
	f.Add(shown.String(), "", "", "")
	f.Add("[server]\nport = 80\n", "PM_SERVER_PORT=9000\nPM_AUTH_ENABLED=maybe", "server.port", "1")
	f.Add("auth.enabled = true\nauth.jwt_secret = \"x\"", "PM_WS_HEARTBEAT_TIMEOUT_SECS=30", "logging.level", "LOUD")
	f.Add("[server]\nprot = 1\n[[x]]\n", "PM_AUTH_DESKTOP_USER_ID=", "api.llm_user_id", "{")
	f.Add("retry.backoff_multiplier = nan", "PM_RETRY_BACKOFF_MULTIPLIER=inf", "server.host", "fe80::1%\u0085")
	f.Fuzz(func(t *testing.T, content, env, key, value string) {
		environment := map[string]string{}
		for line := range strings.Lines(env) {
			name, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			environment[name] = v
		}
		overrides := map[string]string{key: value}
		if key == "" {
			overrides = nil
		}
		dir := "no-such-directory"
		l, err := load(dir, "config.toml", content, vars(environment), overrides)
		for _, w := range slices.Concat(l.Unknown, l.Warnings) {
			if w == "" || strings.ContainsAny(w, "\n\r\x1b") {
				t.Errorf("warning %q", w)
			}
		}
		if err != nil {
			if all, ok := errors.AsType[Problems](err); ok && len(all) == 0 {
				t.Error("an error without problems")
			}
			return
		}
		if err := l.Config.Validate(dir); err != nil {
			t.Errorf("loaded, but not valid: %v", err)
		}
		checkShow(t, l)
	})
}
