package backup

import (
	"context"
	"fmt"
	"path/filepath"
)

// PlanRestore verifies the backup in dir and plans to copy its store to the directory into, which must be absent or empty.
// A backup that is not whole gives a *DamagedError. The caller makes sure that nobody else makes a store of into
// meanwhile; if somebody does, the run fails and leaves it as it is.
func PlanRestore(ctx context.Context, dir, into string) (*Plan, error) {
	p, err := plan(filepath.Join(dir, storeName), into)
	if err != nil {
		return nil, err
	}
	if p.manifest, err = Verify(ctx, dir); err != nil {
		return nil, fmt.Errorf("%w\nnothing was restored: use another backup", err)
	}
	p.restore = true
	p.Files, p.Bytes, p.Sequence = p.manifest.Files, total(p.manifest.Files), p.manifest.Sequence
	return p, nil
}
