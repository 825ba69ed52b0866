package telemetry

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestEveryLineIsOneRecord(t *testing.T) {
	nasty := "a\nlevel=ERROR msg=forged\r\x1b[31m \"quoted\""
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log := NewLogger(LogConfig{Level: "info", Format: format, Colored: true}, &out)
		log.Info("event", CorrelationID, nasty, ID(UserID, [16]byte{1}), Milliseconds(DurationMS, 1500*time.Microsecond))
		text := out.String()
		if strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\r\x1b") {
			t.Errorf("%s: logged %q", format, text)
		}
		if !strings.Contains(text, "01000000-0000-0000-0000-000000000000") || !strings.Contains(text, "1.5") {
			t.Errorf("%s: logged %q", format, text)
		}
		if format == "json" && !json.Valid(out.Bytes()) {
			t.Errorf("not JSON: %q", text)
		}
	}
}

func TestLevels(t *testing.T) {
	for word, want := range map[string]string{
		"off": "", "error": "E", "warn": "EW", "info": "EWI", "debug": "EWID", "trace": "EWIDT", "loud": "EWI",
	} {
		var out bytes.Buffer
		log := NewLogger(LogConfig{Level: word, Format: "json"}, &out)
		var got string
		for _, l := range []struct {
			name  string
			level slog.Level
		}{{"E", slog.LevelError}, {"W", slog.LevelWarn}, {"I", slog.LevelInfo}, {"D", slog.LevelDebug}, {"T", LevelTrace}} {
			out.Reset()
			log.Log(t.Context(), l.level, "x")
			if out.Len() > 0 {
				got += l.name
			}
		}
		if got != want {
			t.Errorf("level %q writes %q, want %q", word, got, want)
		}
	}
}
