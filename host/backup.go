package host

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/host/telemetry"
	"workcell/storage/backup"
)

// Box returns where a server keeps what a backup of it holds.
func Box(c config.Loaded) backup.Box {
	return backup.Box{
		Store: c.DatabaseDir(), Modules: filepath.Join(c.Dir, deploy.ModulesDir), Config: filepath.Join(c.Dir, config.FileName),
	}
}

// openLender makes ready to lend checkpoints to backups.
func (h *Host) openLender(dir string) (err error) {
	h.lender, err = backup.NewLender(h.engine, Box(config.Loaded{Dir: h.dir, Config: h.config}), dir, 0)
	return err
}

// lend is an admin.Lend.
func (h *Host) lend(ctx context.Context, use func(ctx context.Context, dir string) error) error {
	started := time.Now()
	return h.lender.Lend(ctx, func(ctx context.Context, dir string) error {
		h.log.Info(telemetry.EventLent, telemetry.Directory, dir)
		err := use(ctx, dir)
		attrs := []slog.Attr{telemetry.Milliseconds(telemetry.DurationMS, time.Since(started))}
		if err != nil {
			attrs = append(attrs, slog.Any(telemetry.Error, err))
		}
		h.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, telemetry.EventReturned, attrs...)
		return err
	})
}
