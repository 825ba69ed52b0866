package spec

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// value is an argument or an expected result. Integers, and floats as their bits, are unsigned decimals; an expected
// float may be "nan:canonical" or "nan:arithmetic" instead.
type value struct {
	Type  string `json:"type"`
	Lanes string `json:"lane_type"` // of a v128
	// Value is a string, or of a v128 a list of them, lowest lane first.
	Value json.RawMessage `json:"value"`
}

// widths are the bits of a number or lane.
var widths = map[string]int{"i8": 8, "i16": 16, "i32": 32, "f32": 32, "i64": 64, "f64": 64}

// lane is an expected number: some bits, or a class of NaNs.
type lane struct {
	width int
	class string // one of the nan: constants, or empty
	bits  uint64
}

const (
	nanCanonical  = "nan:canonical"
	nanArithmetic = "nan:arithmetic"
)

// lanes parses v: one lane, or of a v128 all of them.
func (v value) lanes() ([]lane, error) {
	if v.Type != "v128" {
		var text string
		if err := json.Unmarshal(v.Value, &text); err != nil {
			return nil, fmt.Errorf("parse a %s: %w", v.Type, err)
		}
		l, err := parseLane(v.Type, text)
		return []lane{l}, err
	}
	var texts []string
	if err := json.Unmarshal(v.Value, &texts); err != nil {
		return nil, fmt.Errorf("parse a v128: %w", err)
	}
	if len(texts)*widths[v.Lanes] != 128 {
		return nil, fmt.Errorf("a v128 of %d lanes of type %q", len(texts), v.Lanes)
	}
	lanes := make([]lane, len(texts))
	for i, text := range texts {
		var err error
		if lanes[i], err = parseLane(v.Lanes, text); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}

func parseLane(kind, text string) (lane, error) {
	switch {
	case kind == "externref" || kind == "funcref":
		return parseReference(kind, text)
	case widths[kind] == 0:
		return lane{}, fmt.Errorf("a value of unknown type %q", kind)
	case text == nanCanonical || text == nanArithmetic:
		return lane{width: widths[kind], class: text}, nil
	}
	bits, err := strconv.ParseUint(text, 10, widths[kind])
	return lane{width: widths[kind], bits: bits}, err
}

// parseReference gives externref n the bits n+1: to wazero an externref is opaque, and 0 is null. The suite writes no
// other funcref than null.
func parseReference(kind, text string) (lane, error) {
	if text == "null" {
		return lane{width: 64}, nil
	}
	if kind == "funcref" {
		return lane{}, fmt.Errorf("a funcref %q", text)
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return lane{width: 64, bits: n + 1}, err
}

// encode returns values as the engine takes them: 64 bits each, and two times 64 for a v128, low half first.
func encode(values []value) ([]uint64, error) {
	var words []uint64
	for _, v := range values {
		lanes, err := v.lanes()
		if err != nil {
			return nil, err
		}
		first := len(words)
		words = append(words, make([]uint64, size(v.Type))...)
		for i, l := range lanes {
			if l.class != "" {
				return nil, fmt.Errorf("%s is not one value", l.class)
			}
			at := i * l.width
			words[first+at/64] |= l.bits << (at % 64)
		}
	}
	return words, nil
}

// size is how many 64 bit words hold a value of a type.
func size(kind string) int {
	if kind == "v128" {
		return 2
	}
	return 1
}
