package spec

import "fmt"

// match says how results differ from what is expected, or returns nil. Floats are compared by their bits, so that the sign
// of zero and the payload of a NaN count.
func match(results []uint64, expected []value) error {
	for i, want := range expected {
		n := size(want.Type)
		if len(results) < n {
			return fmt.Errorf("result %d is missing", i)
		}
		lanes, err := want.lanes()
		if err != nil {
			return err
		}
		for j, l := range lanes {
			at := j * l.width
			if got := results[at/64] >> (at % 64); !l.matches(got) {
				return fmt.Errorf("result %d, lane %d is %#x, not %s", i, j, got&l.mask(), l)
			}
		}
		results = results[n:]
	}
	if len(results) > 0 {
		return fmt.Errorf("%d results too many", len(results))
	}
	return nil
}

// matches compares the low bits of got.
func (l lane) matches(got uint64) bool {
	got &= l.mask()
	// A canonical NaN has no bit of its payload set but the highest; an arithmetic one has at least that.
	quiet, sign := uint64(0x7ff8)<<48, uint64(1)<<63
	if l.width == 32 {
		quiet, sign = 0x7fc0<<16, 1<<31
	}
	switch l.class {
	case nanCanonical:
		return got&^sign == quiet
	case nanArithmetic:
		return got&quiet == quiet
	}
	return got == l.bits
}

func (l lane) mask() uint64 { return ^uint64(0) >> (64 - l.width) }

func (l lane) String() string {
	if l.class != "" {
		return l.class
	}
	return fmt.Sprintf("%#x", l.bits)
}
