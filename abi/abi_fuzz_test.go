package abi_test

import (
	"bytes"
	"testing"

	"workcell/abi"
)

func FuzzNextScope(f *testing.F) {
	f.Add([]byte{5, 1, 'a', 1, 0})
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, list []byte) {
		var again []byte
		rest := list
		for {
			kind, id, tail, ok := abi.NextScope(rest)
			if !ok {
				break
			}
			if len(tail) >= len(rest) {
				t.Fatal("no progress")
			}
			s := abi.Scope{Kind: kind, ID: string(id)}
			_, _ = s.Valid(), s.Subscribable()
			again, rest = abi.AppendScope(again, s), tail
		}
		if !bytes.Equal(append(again, rest...), list) {
			t.Fatalf("%x was read as %x", list, again)
		}
	})
}

func FuzzNextPair(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 1, 0, 0, 0, 'k', 'v', 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, buf []byte) {
		var again []byte
		rest := buf
		for {
			key, value, tail, ok := abi.NextPair(rest)
			if !ok {
				break
			}
			again, rest = abi.AppendPair(again, key, value), tail
		}
		if !bytes.Equal(append(again, rest...), buf) {
			t.Fatalf("%x was read as %x", buf, again)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	f.Add(abi.AppendIdentity(nil, &abi.Identity{}))
	f.Add(abi.AppendIdentity(nil, &abi.Identity{Mode: abi.AuthToken, Roles: []string{"admin", "", "b"}}))
	f.Add(make([]byte, 33))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, ok := abi.ParseIdentity(b)
		if !ok {
			return
		}
		if again := abi.AppendIdentity(nil, &id); !bytes.Equal(again, b) {
			t.Fatalf("%x was read as %+v, which is %x", b, id, again)
		}
	})
}
