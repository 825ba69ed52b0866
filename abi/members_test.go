package abi_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
)

// sameMessage fails unless parse reads b as want, and refuses everything shorter or longer.
func sameMessage[M any](t *rapid.T, b []byte, want M, parse func([]byte) (M, bool)) {
	t.Helper()
	if got, ok := parse(b); !ok || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v came back as %+v, %t", want, got, ok)
	}
	for n := range b {
		if _, ok := parse(b[:n]); ok {
			t.Fatalf("the first %d bytes of %x were accepted", n, b)
		}
	}
	if _, ok := parse(append(b, 0)); ok {
		t.Fatal("a byte too many was accepted")
	}
}

func TestMembersRoundTrip(t *testing.T) {
	text := rapid.SliceOfN(rapid.Byte(), 0, abi.MaxRoleBytes)
	rapid.Check(t, func(t *rapid.T) {
		request := abi.MembersRequest{
			Op: abi.MembersOp(rapid.IntRange(0, 2).Draw(t, "op")), User: array16().Draw(t, "user"),
			Project: string(text.Draw(t, "project")), Role: string(text.Draw(t, "role")),
		}
		sameMessage(t, abi.AppendMembersRequest(nil, &request), request, abi.ParseMembersRequest)

		reply := abi.Members{Project: array16().Draw(t, "project")}
		for range rapid.IntRange(0, 5).Draw(t, "members") {
			reply.Members = append(reply.Members, abi.Member{
				User: array16().Draw(t, "user"), Since: rapid.Int64().Draw(t, "since"), Role: string(text.Draw(t, "role")),
			})
		}
		sameMessage(t, abi.AppendMembers(nil, &reply), reply, abi.ParseMembers)
	})
}

func TestMembersRequestsHaveLimits(t *testing.T) {
	for name, r := range map[string]abi.MembersRequest{
		"an unknown operation":  {Op: 3},
		"a long project":        {Project: strings.Repeat("p", abi.MaxProjectNameBytes+1)},
		"a long role":           {Role: strings.Repeat("r", abi.MaxRoleBytes+1)},
		"everything at its end": {Op: 2, Project: strings.Repeat("p", abi.MaxProjectNameBytes), Role: strings.Repeat("r", abi.MaxRoleBytes)},
	} {
		if _, ok := abi.ParseMembersRequest(abi.AppendMembersRequest(nil, &r)); ok != strings.HasPrefix(name, "everything") {
			t.Errorf("%s: accepted %t", name, ok)
		}
	}
}

func TestRetentionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cursor := append([]byte(nil), rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "cursor")...)
		request := abi.RetentionRequest{BeforeMS: rapid.Int64().Draw(t, "before"), Limit: rapid.Uint32().Draw(t, "limit"), Cursor: cursor}
		sameMessage(t, abi.AppendRetentionRequest(nil, &request), request, abi.ParseRetentionRequest)
		reply := abi.RetentionReply{Deleted: rapid.Uint32().Draw(t, "deleted"), Cursor: cursor}
		sameMessage(t, abi.AppendRetentionReply(nil, &reply), reply, abi.ParseRetentionReply)
	})
}

func TestRetentionCursorsHaveALimit(t *testing.T) {
	for length, want := range map[int]bool{abi.MaxRetentionCursorBytes: true, abi.MaxRetentionCursorBytes + 1: false} {
		cursor := make([]byte, length)
		if _, ok := abi.ParseRetentionRequest(abi.AppendRetentionRequest(nil, &abi.RetentionRequest{Cursor: cursor})); ok != want {
			t.Errorf("a request's cursor of %d bytes: %t", length, ok)
		}
		if _, ok := abi.ParseRetentionReply(abi.AppendRetentionReply(nil, &abi.RetentionReply{Cursor: cursor})); ok != want {
			t.Errorf("a reply's cursor of %d bytes: %t", length, ok)
		}
	}
}

// What is read from any bytes, written again, is those bytes.
func FuzzInternalMessages(f *testing.F) {
	f.Add(abi.AppendMembersRequest(nil, &abi.MembersRequest{Op: abi.MembersAdd, Project: "ABC", Role: "admin"}))
	f.Add(abi.AppendMembers(nil, &abi.Members{Members: []abi.Member{{Since: -1, Role: "viewer"}, {}}}))
	f.Add(abi.AppendRetentionRequest(nil, &abi.RetentionRequest{BeforeMS: 1 << 40, Limit: 1000, Cursor: []byte("h")}))
	f.Add(abi.AppendRetentionReply(nil, &abi.RetentionReply{Deleted: 7, Cursor: []byte("h")}))
	f.Add(append(make([]byte, 16), 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, b []byte) {
		again := map[string][]byte{}
		if m, ok := abi.ParseMembersRequest(b); ok {
			again["members request"] = abi.AppendMembersRequest(nil, &m)
		}
		if m, ok := abi.ParseMembers(b); ok {
			again["members"] = abi.AppendMembers(nil, &m)
		}
		if m, ok := abi.ParseRetentionRequest(b); ok {
			again["retention request"] = abi.AppendRetentionRequest(nil, &m)
		}
		if m, ok := abi.ParseRetentionReply(b); ok {
			again["retention reply"] = abi.AppendRetentionReply(nil, &m)
		}
		for what, written := range again {
			if !bytes.Equal(written, b) {
				t.Fatalf("%x was read as %s, which is %x", b, what, written)
			}
		}
	})
}
