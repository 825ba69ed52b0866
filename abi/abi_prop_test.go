package abi_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
)

func array16() *rapid.Generator[[16]byte] {
	return rapid.Custom(func(t *rapid.T) [16]byte {
		return [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
	})
}

func identities() *rapid.Generator[abi.Identity] {
	return rapid.Custom(func(t *rapid.T) abi.Identity {
		return abi.Identity{
			Mode: abi.AuthMode(rapid.Byte().Draw(t, "mode")), User: array16().Draw(t, "user"), Connection: array16().Draw(t, "connection"),
			Roles: rapid.SliceOfN(rapid.StringN(0, 60, 240), 0, 20).Draw(t, "roles"),
		}
	})
}

func scopes() *rapid.Generator[abi.Scope] {
	return rapid.Custom(func(t *rapid.T) abi.Scope {
		id := rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "id")
		return abi.Scope{Kind: abi.ScopeKind(rapid.Byte().Draw(t, "kind")), ID: string(id)}
	})
}

func TestIdentitiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := identities().Draw(t, "identity")
		got, ok := abi.ParseIdentity(abi.AppendIdentity(nil, &want))
		if len(want.Roles) == 0 {
			want.Roles = nil
		}
		if !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v came back as %+v, %t", want, got, ok)
		}
	})
}

func TestScopeListsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(scopes()).Draw(t, "scopes")
		var list []byte
		for _, s := range want {
			list = abi.AppendScope(list, s)
		}
		for _, s := range want {
			kind, id, rest, ok := abi.NextScope(list)
			if got := (abi.Scope{Kind: kind, ID: string(id)}); !ok || got != s {
				t.Fatalf("%v came back as %v, %t", s, got, ok)
			}
			list = rest
		}
		if _, _, _, ok := abi.NextScope(list); ok || len(list) != 0 {
			t.Fatalf("%x was left over", list)
		}
	})
}

func TestPairsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct{ Key, Value []byte }
		want := rapid.SliceOf(rapid.Custom(func(t *rapid.T) pair {
			return pair{rapid.SliceOf(rapid.Byte()).Draw(t, "key"), rapid.SliceOf(rapid.Byte()).Draw(t, "value")}
		})).Draw(t, "pairs")
		var buf []byte
		for _, p := range want {
			before := len(buf)
			if buf = abi.AppendPair(buf, p.Key, p.Value); len(buf)-before != abi.PairOverhead+len(p.Key)+len(p.Value) {
				t.Fatalf("a pair took %d bytes", len(buf)-before)
			}
		}
		for _, p := range want {
			key, value, rest, ok := abi.NextPair(buf)
			if !ok || !bytes.Equal(key, p.Key) || !bytes.Equal(value, p.Value) {
				t.Fatalf("%x:%x came back as %x:%x, %t", p.Key, p.Value, key, value, ok)
			}
			buf = rest
		}
		if len(buf) != 0 {
			t.Fatalf("%x was left over", buf)
		}
	})
}

func TestScanFlagsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reverse, limit := rapid.Bool().Draw(t, "reverse"), rapid.IntRange(-2, abi.MaxScanLimit+2).Draw(t, "limit")
		flags := abi.ScanFlags(reverse, limit)
		if limit < 0 || limit > abi.MaxScanLimit {
			limit = 0
		}
		if r, l, ok := abi.ParseScanFlags(flags); r != reverse || l != limit || !ok {
			t.Fatalf("%t %d came back as %t %d, %t", reverse, limit, r, l, ok)
		}
		bit := rapid.IntRange(1, 7).Draw(t, "bit")
		if _, _, ok := abi.ParseScanFlags(flags | 1<<bit); ok {
			t.Fatalf("bit %d is understood", bit)
		}
	})
}

func TestScanResultsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		filled, next := rapid.Uint32().Draw(t, "filled"), rapid.Uint32().Draw(t, "next")
		if f, n := abi.UnpackScan(abi.PackScan(filled, next)); f != filled || n != next {
			t.Fatalf("%d %d came back as %d %d", filled, next, f, n)
		}
	})
}

func manifests() *rapid.Generator[abi.Manifest] {
	text := rapid.String()
	sets := rapid.Custom(func(t *rapid.T) abi.DataSet {
		return abi.DataSet{
			Name: text.Draw(t, "name"), Access: abi.Access(text.Draw(t, "access")),
			Reads: rapid.SliceOfN(rapid.Uint32(), 1, 4).Draw(t, "reads"), Writes: rapid.Uint32().Draw(t, "writes"),
		}
	})
	routes := rapid.Custom(func(t *rapid.T) abi.Route {
		return abi.Route{
			ID: rapid.Uint32().Draw(t, "id"), Name: text.Draw(t, "name"), Kind: abi.Kind(text.Draw(t, "kind")),
			Reply: rapid.Uint32().Draw(t, "reply"), Events: rapid.SliceOf(rapid.Uint32()).Draw(t, "events"),
			Serial: rapid.Uint32().Draw(t, "serial"), Fuel: rapid.Uint64().Draw(t, "fuel"), DeadlineMS: rapid.Uint32().Draw(t, "deadline"),
		}
	})
	return rapid.Custom(func(t *rapid.T) abi.Manifest {
		return abi.Manifest{
			ABI: rapid.Int().Draw(t, "abi"), Name: text.Draw(t, "name"), Version: text.Draw(t, "version"),
			DataSets: rapid.SliceOf(sets).Draw(t, "sets"), Routes: rapid.SliceOf(routes).Draw(t, "routes"),
			MemoryPages: rapid.Uint32().Draw(t, "pages"), ReplyBytes: rapid.Uint32().Draw(t, "reply bytes"),
		}
	})
}

func TestManifestsAreReadByAnyJSONReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := manifests().Draw(t, "manifest")
		document := abi.AppendManifest(nil, &want)
		var got abi.Manifest
		if err := json.Unmarshal(document, &got); err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		for i := range want.Routes {
			if len(want.Routes[i].Events) == 0 {
				want.Routes[i].Events = nil
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\nparses as %+v\nwant      %+v", document, got, want)
		}
	})
}
