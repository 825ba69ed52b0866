package conformance

import (
	"encoding/hex"
	"strings"
	"testing"
)

// vector is one line of a vector file: what is encoded, in words, and the bytes.
//
//	text = hexadecimal digits
type vector struct {
	text  string
	bytes []byte
}

// vectors returns the vectors of a layout. The first line of a file that has no bytes is a vector of text alone.
func vectors(t *testing.T, layout string) []vector {
	t.Helper()
	file, err := testdata.ReadFile("testdata/vectors/" + layout + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		text, digits, found := strings.Cut(line, " = ")
		b, err := hex.DecodeString(digits)
		if found && err != nil {
			t.Fatalf("%s: %q: %v", layout, line, err)
		}
		list = append(list, vector{text, b})
	}
	return list
}
