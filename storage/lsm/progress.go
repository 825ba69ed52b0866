package lsm

import (
	"sync/atomic"
	"time"
)

// progress notices a disk that hangs. The log takes commits in order: if some wait and none has got on for a while, all
// are stuck. Safe for concurrent use.
type progress struct {
	started time.Time // the origin of last; set once
	waiting atomic.Int64
	last    atomic.Int64 // when a commit last ended its wait, or the first of those waiting began; ns
}

func (p *progress) begin() {
	if p.waiting.Load() == 0 {
		p.note() // before the count: who sees the one must not see an old time
	}
	p.waiting.Add(1)
}

func (p *progress) end() {
	p.note()
	p.waiting.Add(-1)
}

func (p *progress) note() { p.last.Store(int64(time.Since(p.started))) }

func (p *progress) silent() time.Duration {
	if p.waiting.Load() == 0 {
		return 0
	}
	return time.Since(p.started) - time.Duration(p.last.Load())
}
