package host

import (
	"context"
	"log/slog"
	"time"

	"workcell/host/telemetry"
	"workcell/storage/backup"
)

// openLender makes ready to lend checkpoints of the store to backups.
func (h *Host) openLender(dir string) (err error) {
	h.lender, err = backup.NewLender(h.engine, dir, 0)
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
