package telemetry

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// LogConfig of a logger.
type LogConfig struct {
	Level   string // off, error, warn, info, debug, trace; other words mean info
	Format  string // auto, text, json; auto: text on a terminal, else JSON
	Colored bool   // only on a terminal
}

// Levels that slog has no name for.
const (
	LevelTrace = slog.LevelDebug - 4
	levelOff   = slog.LevelError + 100
)

// NewLogger returns a logger that writes to out, one line for each record.
func NewLogger(cfg LogConfig, out io.Writer) *slog.Logger {
	level := parseLevel(cfg.Level)
	if cfg.Format == "json" || cfg.Format != "text" && !isTerminal(out) {
		return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(out, &tint.Options{Level: level, NoColor: !cfg.Colored || !isTerminal(out)}))
}

func parseLevel(word string) slog.Level {
	switch word {
	case "off":
		return levelOff
	case "error":
		return slog.LevelError
	case "warn":
		return slog.LevelWarn
	case "debug":
		return slog.LevelDebug
	case "trace":
		return LevelTrace
	default:
		return slog.LevelInfo
	}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
