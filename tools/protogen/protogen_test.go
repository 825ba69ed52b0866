package main

import (
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/compiler/protogen"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	if err := run(true); err != nil {
		t.Fatal(err)
	}
}

// leanFrom generates the lean form of a schema whose body follows the package line.
func leanFrom(t *testing.T, body string) (string, error) {
	t.Helper()
	const name = "x.proto"
	src := &protocompile.SourceResolver{Accessor: func(path string) (io.ReadCloser, error) {
		if path != name {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader("syntax = \"proto3\";\npackage x;\n" + body)), nil
	}}
	req, err := request(src, name, lean)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := generateLean(gen, gen.FilesByPath[name]); err != nil {
		return "", err
	}
	resp := gen.Response()
	if resp.Error != nil {
		t.Fatal(resp.GetError())
	}
	return resp.File[0].GetContent(), nil
}

func TestLeanRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"other numbers", "message M { double d = 1; }", "message x.M: field d: the lean form knows no double"},
		{"zigzag", "message M { sint32 s = 1; }", "field s"},
		{"repeated numbers", "message M { repeated int32 r = 1; }", "field r: the lean form knows no repeated int32"},
		{"repeated bytes", "message M { repeated bytes r = 1; }", "field r"},
		{"optional bytes", "message M { optional bytes o = 1; }", "field o"},
		{"optional bools", "message M { optional bool o = 1; }", "field o: the lean form knows no optional bool"},
		{"maps", "message M { map<string, string> m = 1; }", "message x.M"},
		{"nested types", "message M { message N {} }", "declares nested types"},
		{"recursion", "message M { N n = 1; } message N { repeated M m = 1; }", "message x.M: contains itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := leanFrom(t, c.body)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("err = %v, want it to contain %q", err, c.want)
			}
		})
	}
}

func TestLeanLeavesOutOneofs(t *testing.T) {
	code, err := leanFrom(t, "message Either { oneof of { string a = 1; string b = 2; } } message Plain { optional string s = 1; }")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(code, "Either") || !strings.Contains(code, "type Plain struct") {
		t.Fatalf("want Plain and not Either:\n%s", code)
	}
}

func TestLeanWritesFieldsByNumber(t *testing.T) {
	code, err := leanFrom(t, "message M { int32 second = 2; int32 first = 1; }")
	if err != nil {
		t.Fatal(err)
	}
	first, second := strings.Index(code, "appendInt(dst, 1,"), strings.Index(code, "appendInt(dst, 2,")
	if first < 0 || second < first {
		t.Fatalf("fields are not in ascending order:\n%s", code)
	}
}
