package spec

import (
	"encoding/json"
	"slices"
	"testing"
)

// values parses values as the suite writes them.
func values(t *testing.T, text string) []value {
	t.Helper()
	var list []value
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestMatch(t *testing.T) {
	const (
		i32         = `[{"type":"i32","value":"4294967295"}]`
		negZero     = `[{"type":"f32","value":"2147483648"}]`
		canonical32 = `[{"type":"f32","value":"nan:canonical"}]`
		arithmetic  = `[{"type":"f64","value":"nan:arithmetic"}]`
		canonical64 = `[{"type":"f64","value":"nan:canonical"}]`
		external    = `[{"type":"externref","value":"0"}]`
		lanes       = `[{"type":"v128","lane_type":"f32","value":["1","nan:canonical","nan:arithmetic","4"]},{"type":"i64","value":"5"}]`
	)
	for _, c := range []struct {
		name    string
		results []uint64
		want    string
		match   bool
	}{
		{"nothing is nothing", nil, `[]`, true},
		{"a result too many", []uint64{0}, `[]`, false},
		{"a result too few", nil, i32, false},
		{"an i32 is the low half of its word", []uint64{0xabc_ffff_ffff}, i32, true},
		{"another i32", []uint64{0x7fff_ffff}, i32, false},
		{"zero has a sign", []uint64{0}, negZero, false},
		{"the sign of zero", []uint64{0x8000_0000}, negZero, true},
		{"a canonical f32", []uint64{0x7fc0_0000}, canonical32, true},
		{"a canonical f32 of either sign", []uint64{0xffc0_0000}, canonical32, true},
		{"a canonical f32 with more payload", []uint64{0x7fc0_0001}, canonical32, false},
		{"a signalling f32 is not canonical", []uint64{0x7f80_0001}, canonical32, false},
		{"infinity is not a NaN", []uint64{0x7f80_0000}, canonical32, false},
		{"a canonical f64", []uint64{0xfff8_0000_0000_0000}, canonical64, true},
		{"a canonical f64 with more payload", []uint64{0x7ff8_0000_0000_0001}, canonical64, false},
		{"an arithmetic f64", []uint64{0x7ff8_0000_0000_0001}, arithmetic, true},
		{"a canonical f64 is arithmetic", []uint64{0x7ff8_0000_0000_0000}, arithmetic, true},
		{"a signalling f64 is not arithmetic", []uint64{0x7ff0_0000_0000_0001}, arithmetic, false},
		{"an f64 by its bits", []uint64{0x7ff8_0000_0000_0001}, `[{"type":"f64","value":"9221120237041090561"}]`, true},
		{"externref 0 is not null", []uint64{0}, external, false},
		{"externref 0", []uint64{1}, external, true},
		{"a null reference", []uint64{0}, `[{"type":"funcref","value":"null"}]`, true},
		{"lanes, then a word", []uint64{0xffc0_0000_0000_0001, 0x0000_0004_7fc0_0001, 5}, lanes, true},
		{"a wrong class in lane 1", []uint64{0x7fc0_0001_0000_0001, 0x0000_0004_7fc0_0001, 5}, lanes, false},
		{"a wrong lane 3", []uint64{0x7fc0_0000_0000_0001, 0x0000_0003_7fc0_0001, 5}, lanes, false},
		{"half a v128", []uint64{0x7fc0_0000_0000_0001}, lanes, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := match(c.results, values(t, c.want)); (err == nil) != c.match {
				t.Errorf("match: %v", err)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	got, err := encode(values(t, `[
		{"type":"i32","value":"4294967295"},
		{"type":"v128","lane_type":"i16","value":["1","2","3","4","5","6","7","65535"]},
		{"type":"externref","value":"null"},
		{"type":"externref","value":"7"}]`))
	if want := []uint64{0xffff_ffff, 0x0004_0003_0002_0001, 0xffff_0007_0006_0005, 0, 8}; err != nil || !slices.Equal(got, want) {
		t.Errorf("encode: %#x, %v, not %#x", got, err, want)
	}
}

func TestUnknownValuesAreErrors(t *testing.T) {
	for _, text := range []string{
		`[{"type":"i16x","value":"1"}]`,
		`[{"type":"i32"}]`,
		`[{"type":"i32","value":"4294967296"}]`,
		`[{"type":"f32","value":"nan:other"}]`,
		`[{"type":"f32","value":"nan:canonical"}]`, // no argument
		`[{"type":"funcref","value":"1"}]`,
		`[{"type":"v128","lane_type":"i64","value":["1"]}]`,
		`[{"type":"v128","lane_type":"i7","value":[]}]`,
	} {
		if got, err := encode(values(t, text)); err == nil {
			t.Errorf("%s is taken for %#x", text, got)
		}
	}
}
