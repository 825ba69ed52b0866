//go:build !linux || !(amd64 || arm64)

package pages

import "errors"

// newSpace refuses: without Linux there is only Copy.
func newSpace(_ *Image, _ int, cfg Config) (space, error) {
	return nil, &Error{
		Step: "method " + cfg.Method.String(),
		Hint: "it takes Linux on amd64 or arm64: use the method copy",
		Err:  errors.ErrUnsupported,
	}
}
