package abi_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
)

func checks() *rapid.Generator[abi.Check] {
	text := rapid.SliceOfN(rapid.Byte(), 0, 64)
	return rapid.Custom(func(t *rapid.T) abi.Check {
		c := abi.Check{}
		if cursor := text.Draw(t, "cursor"); len(cursor) > 0 {
			c.Cursor = cursor
		}
		for range rapid.IntRange(0, 5).Draw(t, "counts") {
			c.Counts = append(c.Counts, abi.Count{Name: string(text.Draw(t, "name")), N: rapid.Uint64().Draw(t, "n")})
		}
		for range rapid.IntRange(0, 5).Draw(t, "problems") {
			c.Problems = append(c.Problems, string(text.Draw(t, "problem")))
		}
		return c
	})
}

func TestChecksRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := checks().Draw(t, "check")
		sameMessage(t, abi.AppendCheck(nil, &want), want, abi.ParseCheck)
	})
}

func TestChecksHaveLimits(t *testing.T) {
	const most = abi.MaxCheckProblemBytes
	for _, tc := range []struct {
		name string
		c    abi.Check
		want bool
	}{
		{"the longest cursor", abi.Check{Cursor: make([]byte, abi.MaxCheckCursorBytes)}, true},
		{"a longer cursor", abi.Check{Cursor: make([]byte, abi.MaxCheckCursorBytes+1)}, false},
		{"the most counts", abi.Check{Counts: make([]abi.Count, abi.MaxCheckCounts)}, true},
		{"more counts", abi.Check{Counts: make([]abi.Count, abi.MaxCheckCounts+1)}, false},
		{"the longest name", abi.Check{Counts: []abi.Count{{Name: strings.Repeat("n", abi.MaxCheckNameBytes)}}}, true},
		{"a longer name", abi.Check{Counts: []abi.Count{{Name: strings.Repeat("n", abi.MaxCheckNameBytes+1)}}}, false},
		{"the most problems", abi.Check{Problems: slices.Repeat([]string{"p"}, abi.MaxCheckProblems)}, true},
		{"more problems", abi.Check{Problems: slices.Repeat([]string{"p"}, abi.MaxCheckProblems+1)}, false},
		{"the longest problem", abi.Check{Problems: []string{strings.Repeat("p", most)}}, true},
		{"a longer problem", abi.Check{Problems: []string{strings.Repeat("p", most+1)}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, ok := abi.ParseCheck(abi.AppendCheck(nil, &tc.c)); ok != tc.want {
				t.Errorf("accepted: %t", ok)
			}
		})
	}
}

func FuzzParseCheck(f *testing.F) {
	f.Add(abi.AppendCheck(nil, &abi.Check{}))
	f.Add(abi.AppendCheck(nil, &abi.Check{Cursor: []byte("w"), Counts: []abi.Count{{Name: "items", N: 1 << 40}}, Problems: []string{"", "p"}}))
	f.Add([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := abi.ParseCheck(b)
		if !ok {
			return
		}
		if again := abi.AppendCheck(nil, &c); !bytes.Equal(again, b) {
			t.Fatalf("%x was read as %+v, which is %x", b, c, again)
		}
	})
}
