package abi_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"workcell/abi"
)

func TestCodesHaveWords(t *testing.T) {
	seen := map[string]bool{}
	for code := abi.CodeInvalidMessage; code <= abi.CodeInternal; code++ {
		if !code.Valid() || code.String() == "" || seen[code.String()] {
			t.Errorf("code %d: valid %t, word %q", code, code.Valid(), code)
		}
		seen[code.String()] = true
	}
	for _, code := range []abi.Code{0, abi.CodeInternal + 1, 255, 1<<32 - 1} {
		if code.Valid() || code.String() != "INTERNAL_ERROR" {
			t.Errorf("code %d: valid %t, word %q; want an internal error", code, code.Valid(), code)
		}
	}
}

func TestScopesAsText(t *testing.T) {
	id := "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00"
	for want, s := range map[string]abi.Scope{
		"project:123e4567-e89b-12d3-a456-426614174000": {Kind: abi.ScopeProject, ID: id},
		"sprint:123e4567-e89b-12d3-a456-426614174000":  {Kind: abi.ScopeSprint, ID: id},
		"item:123e4567-e89b-12d3-a456-426614174000":    {Kind: abi.ScopeItem, ID: id},
		"user:123e4567-e89b-12d3-a456-426614174000":    {Kind: abi.ScopeUser, ID: id},
		"topic:sixteen bytes id":                       {Kind: abi.ScopeTopic, ID: "sixteen bytes id"},
		"topic:a\uFFFDb":                               {Kind: abi.ScopeTopic, ID: "a\xff\xfeb"},
		"inert:p1":                                     {Kind: abi.ScopeInert, ID: "p1"},
		"unknown:x":                                    {Kind: 77, ID: "x"},
	} {
		if got := s.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	uuid, long := strings.Repeat("u", 16), strings.Repeat("l", abi.MaxScopeIDBytes)
	tests := []struct {
		name                string
		scope               abi.Scope
		valid, subscribable bool
	}{
		{"project", abi.Scope{Kind: abi.ScopeProject, ID: uuid}, true, true},
		{"sprint", abi.Scope{Kind: abi.ScopeSprint, ID: uuid}, true, true},
		{"item", abi.Scope{Kind: abi.ScopeItem, ID: uuid}, true, true},
		{"user", abi.Scope{Kind: abi.ScopeUser, ID: uuid}, true, false},
		{"topic", abi.Scope{Kind: abi.ScopeTopic, ID: "t"}, true, true},
		{"longest topic", abi.Scope{Kind: abi.ScopeTopic, ID: long}, true, true},
		{"inert", abi.Scope{Kind: abi.ScopeInert, ID: "i"}, false, true},
		{"longest inert", abi.Scope{Kind: abi.ScopeInert, ID: long}, false, true},
		{"nothing", abi.Scope{}, false, false},
		{"topic without an id", abi.Scope{Kind: abi.ScopeTopic}, false, false},
		{"topic that is too long", abi.Scope{Kind: abi.ScopeTopic, ID: long + "l"}, false, false},
		{"inert that is too long", abi.Scope{ID: long + "l"}, false, false},
		{"project with a short id", abi.Scope{Kind: abi.ScopeProject, ID: uuid[1:]}, false, false},
		{"project with a long id", abi.Scope{Kind: abi.ScopeProject, ID: uuid + "u"}, false, false},
		{"unknown kind", abi.Scope{Kind: 6, ID: uuid}, false, false},
		{"last kind", abi.Scope{Kind: 255, ID: uuid}, false, false},
	}
	for _, test := range tests {
		if got := test.scope.Valid(); got != test.valid {
			t.Errorf("%s: valid %t", test.name, got)
		}
		if got := test.scope.Subscribable(); got != test.subscribable {
			t.Errorf("%s: subscribable %t", test.name, got)
		}
	}
}

func TestIdentityLeavesOutWhatTheLayoutDoesNotHold(t *testing.T) {
	long := strings.Repeat("r", 256)
	id := abi.Identity{Roles: []string{"a", long, "b"}}
	got, ok := abi.ParseIdentity(abi.AppendIdentity(nil, &id))
	if want := []string{"a", "b"}; !ok || !reflect.DeepEqual(got.Roles, want) {
		t.Errorf("roles %q, %t; want %q", got.Roles, ok, want)
	}
	id.Roles = []string{strings.Repeat("r", 255)}
	if got, ok := abi.ParseIdentity(abi.AppendIdentity(nil, &id)); !ok || !reflect.DeepEqual(got.Roles, id.Roles) {
		t.Errorf("the longest role is read as %q, %t", got.Roles, ok)
	}
	id.Roles = strings.Split(strings.Repeat("r,", 299)+"r", ",")
	got, ok = abi.ParseIdentity(abi.AppendIdentity([]byte("before"), &id)[len("before"):])
	if !ok || len(got.Roles) != 255 {
		t.Errorf("%d roles, %t; want 255", len(got.Roles), ok)
	}
}

func TestIdentitiesThatAreNone(t *testing.T) {
	whole := abi.AppendIdentity(nil, &abi.Identity{Roles: []string{"admin", ""}})
	for n := range whole {
		if id, ok := abi.ParseIdentity(whole[:n]); ok {
			t.Errorf("the first %d of %d bytes parse as %+v", n, len(whole), id)
		}
	}
	if id, ok := abi.ParseIdentity(append(bytes.Clone(whole), 0)); ok {
		t.Errorf("with a byte too many it parses as %+v", id)
	}
}

func TestScopeListsThatAreMalformed(t *testing.T) {
	for _, list := range [][]byte{nil, {1}, {5, 1}, {5, 2, 'a'}, {5, 255}} {
		if _, id, rest, ok := abi.NextScope(list); ok || !bytes.Equal(rest, list) {
			t.Errorf("%x: id %x, rest %x, %t", list, id, rest, ok)
		}
	}
}

func TestPairsThatAreMalformed(t *testing.T) {
	for _, buf := range [][]byte{
		nil,
		{1, 0, 0, 0, 0, 0, 0},
		{1, 0, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 1, 0, 0, 0},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'k'},
		{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 'k'}, // the sum is 2^32
	} {
		if key, value, rest, ok := abi.NextPair(buf); ok || key != nil || value != nil || !bytes.Equal(rest, buf) {
			t.Errorf("%x: pair %x %x, rest %x, %t", buf, key, value, rest, ok)
		}
	}
}

func TestPairsAreViewsThatCannotGrow(t *testing.T) {
	buf := abi.AppendPair(abi.AppendPair(nil, []byte("k"), []byte("v")), []byte("l"), nil)
	key, value, rest, ok := abi.NextPair(buf)
	if !ok || cap(key) != 1 || cap(value) != 1 {
		t.Fatalf("capacities %d and %d, %t", cap(key), cap(value), ok)
	}
	if key, value, rest, ok = abi.NextPair(rest); !ok || string(key) != "l" || len(value) != 0 || len(rest) != 0 {
		t.Errorf("second pair %q %q, rest %x, %t", key, value, rest, ok)
	}
}

func TestManifestOfTheDocumentation(t *testing.T) {
	const example = `{"abi":1, "name":"hello", "version":"1.0.0",
	 "data_sets":[{"name":"hello","access":"write"}],
	 "routes":[{"id":2000,"name":"hello","kind":"write","reply":1001}]}`
	var got abi.Manifest
	if err := json.Unmarshal([]byte(example), &got); err != nil {
		t.Fatal(err)
	}
	want := abi.Manifest{
		ABI: 1, Name: "hello", Version: "1.0.0", DataSets: []abi.DataSet{{Name: "hello", Access: abi.AccessWrite}},
		Routes: []abi.Route{{ID: 2000, Name: "hello", Kind: abi.KindWrite, Reply: 1001}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parses as %+v, want %+v", got, want)
	}
	if compact := strings.Join(strings.Fields(strings.ReplaceAll(example, ", ", ",")), ""); string(abi.AppendManifest(nil, &want)) != compact {
		t.Errorf("written as\n%s, want\n%s", abi.AppendManifest(nil, &want), compact)
	}
}

func TestManifestWithoutListsHasEmptyOnes(t *testing.T) {
	const want = `before{"abi":0,"name":"","version":"","data_sets":[],"routes":[]}`
	if got := abi.AppendManifest([]byte("before"), &abi.Manifest{}); string(got) != want {
		t.Errorf("written as\n%s, want\n%s", got, want)
	}
}
