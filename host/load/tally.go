package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Codes of errors that no server sent.
const (
	codeLost        = "LOST"        // the connection ended without a close frame; with one, CLOSED_ and its code
	codeRefused     = "REFUSED"     // the connection was not granted
	codeUnexpected  = "UNEXPECTED"  // a reply of another type, or none that can be read
	codeUnanswered  = "UNANSWERED"  // no reply until the connection or the patience ended
	codeUndelivered = "UNDELIVERED" // of Broadcast: no reply, or not all deliveries, until then
)

// tally adds up what all connections of a run saw. Safe for concurrent use.
type tally struct {
	mu         sync.Mutex // guards all below
	latency    *hdrhistogram.Histogram
	delivery   *hdrhistogram.Histogram
	errors     map[string]int64
	events     int64
	bytes      int64
	last       time.Time // of the measured replies
	lastOut    time.Time // of the measured deliveries
	connecting *hdrhistogram.Histogram
}

func newTally() *tally {
	return &tally{latency: newHistogram(), delivery: newHistogram(), connecting: newHistogram(), errors: map[string]int64{}}
}

// newHistogram counts microseconds, from 1 to 10 minutes, with three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxMicros, 3) }

const maxMicros = int64(10 * time.Minute / time.Microsecond)

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), maxMicros)) // within its range
}

func (t *tally) answered(sent, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	record(t.latency, now.Sub(sent))
	t.last = later(t.last, now)
}

func (t *tally) delivered(first, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	record(t.delivery, now.Sub(first))
	t.lastOut = later(t.lastOut, now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (t *tally) connected(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	record(t.connecting, d)
}

func (t *tally) failed(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors[code]++
}

// received counts a message of so many bytes, and whether it is an event.
func (t *tally) received(bytes int, event bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes += int64(bytes)
	if event {
		t.events++
	}
}
