//go:build amd64 || arm64

package pages

import (
	"errors"
	"os"
)

// newSpace returns the space that cfg.Method needs, of up to size bytes. image may be nil: then there is nothing to
// restore.
func newSpace(image *Image, size int, cfg Config) (space, error) {
	m, err := newMapping(image, size)
	if err != nil {
		return nil, err
	}
	var s space
	switch page := os.Getpagesize(); {
	case image == nil:
		return blank{m}, nil
	case cfg.Method == Hot:
		s, err = newHot(m, image, cfg.KeepBytes/page)
	case cfg.Method == Read, cfg.Method == Scan, cfg.Method == Uffd:
		s, err = newTracked(m, image, cfg.KeepBytes/page, cfg.Method)
	default:
		err = errors.New("no such method")
	}
	if err != nil {
		return nil, firstError(err, m.free())
	}
	return s, nil
}

// blank is the space of a template.
type blank struct{ *mapping }

func (blank) reset(int) (Stats, error) { return Stats{}, ErrNoImage }
func (blank) decay() error             { return ErrNoImage }
