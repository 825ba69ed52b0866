package lsm

import (
	"errors"
	"fmt"

	"workcell/storage"
)

// upgrade brings the data of one version of the format to the next.
type upgrade struct {
	about string // for the log
	// run does it, in as many transactions as it likes, each of them synced. It may find that an earlier run did a part of
	// the work and was cut off, at any point: what is done already must be left as it is.
	run func(storage.Engine) error
}

// upgrades holds at index i the way from version i+1 to i+2. To make a new version of the format: write the function, add
// its row, raise FormatVersion. The table is never changed at run time.
var upgrades = []upgrade{}

// target is the version this program works with.
func (e *Engine) target() int { return 1 + len(e.options.upgrades) }

// beginUpgrade marks the directory if it has to be brought up to date. From then on older programs refuse it, so none
// meets data that is half old and half new; this one goes on where it stopped.
func (e *Engine) beginUpgrade(f format) (format, error) {
	if f.version == e.target() {
		return f, nil
	}
	from := f.version
	if f.from != 0 {
		from = f.from
	}
	f = format{version: e.target(), from: from}
	return f, writeFormat(e.files, e.dir, f)
}

// finishUpgrade brings the data of an open engine up to date, if they are not. FORMAT says after each step how far it came.
func (e *Engine) finishUpgrade() error {
	for f := e.format; f.from != 0; e.format = f {
		step := e.options.upgrades[f.from-1]
		e.options.Logger.Info("data are brought to a newer format", "from", f.from, "to", f.from+1, "what", step.about)
		if err := errors.Join(step.run(e), e.Flush()); err != nil {
			return fmt.Errorf("bring %s from format %d to %d: %w; the next start goes on with it", e.dir, f.from, f.from+1, err)
		}
		if f.from++; f.from == f.version {
			f.from = 0
		}
		if err := writeFormat(e.files, e.dir, f); err != nil {
			return err
		}
	}
	return nil
}
