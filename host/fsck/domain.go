package fsck

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"workcell/abi"
	"workcell/host/errand"
)

// MaxPages is how many pages a handler may take. Guests are not trusted to come to an end.
const MaxPages = 100_000

var errEndless = errors.New("it does not come to an end: the handler is at fault")

// askHandler has a handler check what it stored, a page at a time, each on its own view of the store.
func (r *Report) askHandler(ctx context.Context, h *errand.Handler) error {
	where := h.Manifest.Name
	var cursor []byte
	for range MaxPages {
		reply, err := h.Read(ctx, abi.RouteCheck, cursor)
		if err != nil {
			return err
		}
		page, ok := abi.ParseCheck(reply)
		if !ok {
			return fmt.Errorf("handler %s %s: its answer of %d bytes to a check is not one", where, h.Manifest.Version, len(reply))
		}
		for _, c := range page.Counts {
			r.count(where, printable(c.Name), c.N)
		}
		for _, problem := range page.Problems {
			r.add(where, problem)
		}
		if len(page.Cursor) == 0 {
			return nil
		}
		if bytes.Equal(page.Cursor, cursor) {
			break
		}
		cursor = page.Cursor
	}
	return fmt.Errorf("handler %s %s, check: %w", where, h.Manifest.Version, errEndless)
}
