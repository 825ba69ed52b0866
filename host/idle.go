package host

import (
	"context"
	"time"
)

// idleWatch notices that nobody uses the appliance: no connection, and no request to the API, at two looks in a row.
type idleWatch struct {
	requests uint64 // at the last look
	quiet    int    // looks in a row
}

// quietLooks is how many looks in a row must find nobody.
const quietLooks = 2

// look reports whether it is time to stop.
func (w *idleWatch) look(connections int, requests uint64) bool {
	if connections > 0 || requests != w.requests {
		w.quiet, w.requests = 0, requests
		return false
	}
	w.quiet++
	return w.quiet >= quietLooks
}

// The bounds of how long a start may take before anybody looks, and of how often.
const (
	longestGrace  = time.Minute
	shortestPause = 10 * time.Second
)

// untilIdle waits until nobody has used the appliance for about limit, or until ctx is done; it reports whether it was the
// former.
func untilIdle(ctx context.Context, limit time.Duration, connections func() int, requests func() uint64) bool {
	grace := time.NewTimer(min(limit, longestGrace))
	defer grace.Stop()
	select {
	case <-grace.C:
	case <-ctx.Done():
		return false
	}
	watch := idleWatch{requests: requests()}
	ticker := time.NewTicker(max(limit/2, shortestPause))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
		if watch.look(connections(), requests()) {
			return true
		}
	}
}
