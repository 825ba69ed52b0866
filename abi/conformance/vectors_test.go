package conformance

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"workcell/abi"
)

func TestIdentityVectors(t *testing.T) {
	for _, v := range vectors(t, "identity") {
		a := strings.Split(v.text, " ")
		id := abi.Identity{Mode: abi.AuthMode(atoi(a[0])), User: [16]byte(unhex(a[1])), Connection: [16]byte(unhex(a[2])), Roles: a[3:]}
		if got := abi.AppendIdentity(nil, &id); !bytes.Equal(got, v.bytes) {
			t.Errorf("%s: encodes as %x, want %x", v.text, got, v.bytes)
		}
		back, ok := abi.ParseIdentity(v.bytes)
		if !ok || back.Mode != id.Mode || back.User != id.User || back.Connection != id.Connection ||
			strings.Join(back.Roles, " ") != strings.Join(id.Roles, " ") {
			t.Errorf("%x: decodes as %+v, %t; want %+v", v.bytes, back, ok, id)
		}
	}
}

func TestScopeVectors(t *testing.T) {
	for _, v := range vectors(t, "scopes") {
		rest := v.bytes
		var again []byte
		for w := range strings.SplitSeq(v.text, " ") {
			kind, id, _ := strings.Cut(w, ":")
			want := abi.Scope{Kind: abi.ScopeKind(atoi(kind)), ID: string(unhex(id))}
			again = abi.AppendScope(again, want)
			scopeKind, scopeID, tail, ok := abi.NextScope(rest)
			if s := (abi.Scope{Kind: scopeKind, ID: string(scopeID)}); !ok || s != want {
				t.Errorf("%s: decodes as %v, %t; want %v", v.text, s, ok, want)
			}
			rest = tail
		}
		if len(rest) > 0 || !bytes.Equal(again, v.bytes) {
			t.Errorf("%s: encodes as %x, want %x; %d bytes are left over", v.text, again, v.bytes, len(rest))
		}
	}
}

func TestPairVectors(t *testing.T) {
	for _, v := range vectors(t, "pairs") {
		rest := v.bytes
		var again []byte
		for w := range strings.SplitSeq(v.text, " ") {
			key, value, _ := strings.Cut(w, ":")
			again = abi.AppendPair(again, unhex(key), unhex(value))
			k, val, tail, ok := abi.NextPair(rest)
			if !ok || hex.EncodeToString(k) != key || hex.EncodeToString(val) != value {
				t.Errorf("%s: decodes as %x:%x, %t", v.text, k, val, ok)
			}
			rest = tail
		}
		if len(rest) > 0 || !bytes.Equal(again, v.bytes) {
			t.Errorf("%s: encodes as %x, want %x; %d bytes are left over", v.text, again, v.bytes, len(rest))
		}
	}
}

func TestScanResultVectors(t *testing.T) {
	for _, v := range vectors(t, "scan-results") {
		a := strings.Split(v.text, " ")
		filled, next := uint32(atoi(a[0])), uint32(atoi(a[1]))
		want, _ := strconv.ParseUint(hex.EncodeToString(v.bytes), 16, 64)
		if got := abi.PackScan(filled, next); got != want {
			t.Errorf("%s: packs as %#x, want %#x", v.text, got, want)
		}
		if f, n := abi.UnpackScan(want); f != filled || n != next {
			t.Errorf("%#x: unpacks as %d %d, want %s", want, f, n, v.text)
		}
	}
}

func TestCodeVectors(t *testing.T) {
	list := vectors(t, "codes")
	for _, v := range list {
		if code := abi.Code(v.bytes[0]); !code.Valid() || code.String() != v.text {
			t.Errorf("code %d is %s, valid %t; want %s", code, code, code.Valid(), v.text)
		}
	}
	for _, code := range []abi.Code{0, abi.Code(len(list)) + 1, 1 << 31} {
		if code.Valid() || code.String() != "INTERNAL_ERROR" {
			t.Errorf("code %d is %s, valid %t; want an invalid one", code, code, code.Valid())
		}
	}
}

func TestWordsRoundTrip(t *testing.T) {
	for _, w := range []string{"-", "00", "ff00", "33x00", "70000xab", "1000~fe", "33~00"} {
		b, err := ParseWord(w)
		if err != nil || Word(b) != w {
			t.Errorf("%s comes back as %s, %v", w, Word(b), err)
		}
	}
	for _, w := range []string{"", "0", "x00", "-1x00", "5x", "5x0000", "zz"} {
		if b, err := ParseWord(w); err == nil && w != "" {
			t.Errorf("%q was read as %x", w, b)
		}
	}
}

func TestCaseFilesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases(t) {
		if seen[c.name] {
			t.Errorf("%s: a second case called %q", c.place, c.name)
		}
		seen[c.name] = true
		if len(c.want) == 0 {
			t.Errorf("%s: it wants nothing", c.place)
		}
	}
}
