package pages

import (
	"bytes"
	"errors"
	"fmt"
)

// Probe returns the best method that works on this system. It tries them, in about a millisecond. What Try says of the
// better ones is worth a line in the log.
func Probe() Method {
	for _, m := range Methods() {
		if Try(m) == nil {
			return m
		}
	}
	return Copy
}

// Try returns why a method does not work on this system, or nil: it writes to a memory all over, lets it grow, resets it
// and compares, several times.
func Try(method Method) error {
	const pages, grown, stride = 4, 2, 9000
	content := make([]byte, pages*PageBytes)
	for i := range content[:3*PageBytes] { // and a page of zeros
		content[i] = byte(i>>8) ^ byte(i)
	}
	image, err := NewImage(content)
	if err != nil {
		return err
	}
	defer func() { _ = image.Close() }()
	m, err := New(image, Config{Method: method, MaxPages: pages + grown})
	if err != nil {
		return err
	}
	defer m.Free()
	for round := range lastRound + 1 {
		lent := m.Reallocate(0)
		if !bytes.Equal(lent, content) {
			return fmt.Errorf("method %v: the memory differs from its image in round %d", method, round)
		}
		if lent = m.Reallocate((pages + grown) * PageBytes); lent == nil {
			return errors.New("no memory to grow into")
		}
		if !zero(lent[len(content):]) {
			return fmt.Errorf("method %v: grown memory is not zero in round %d", method, round)
		}
		for i := round; i < len(lent); i += stride {
			lent[i] ^= 0xa5
		}
		restore := m.Reset
		if round%5 == 4 {
			restore = m.Decay
		}
		if _, err := restore(); err != nil {
			return err
		}
	}
	return nil
}

// lastRound leads Try beyond what a method learns from.
const lastRound = 16

func zero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
