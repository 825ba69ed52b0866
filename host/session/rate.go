package session

import "time"

// MaxStrikes is how many messages in a row may be over the rate limit before the connection is closed.
const MaxStrikes = 5

// Rate is how many messages a connection may send in a while: a bucket of Messages tokens that refills evenly within
// Window. The zero value is no limit.
type Rate struct {
	Messages int
	Window   time.Duration
}

// bucket is the state of a Rate, as the time at which it would be full again, on the clock of take (the generic cell rate
// algorithm of ITU-T I.371: no refill has to run). The zero value is full.
type bucket time.Duration

// take takes a token at a time of a monotonic clock and reports whether there was one.
func (b *bucket) take(now time.Duration, r Rate) bool {
	if r.Messages == 0 {
		return true
	}
	full := max(time.Duration(*b), now) + r.Window/time.Duration(r.Messages)
	if full-now > r.Window {
		return false
	}
	*b = bucket(full)
	return true
}
