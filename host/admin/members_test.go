package admin

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"workcell/abi"
	"workcell/host/identity"
)

func TestMembersAreAskedForThroughTheSocket(t *testing.T) {
	dir := socketDir(t)
	project, ann := [16]byte{1}, identity.UserID("ann")
	var asked []abi.MembersRequest
	var refusal error
	s, listener, err := Listen(dir, nil, nil, nil, func(_ context.Context, r abi.MembersRequest) (abi.Members, error) {
		asked = append(asked, r)
		return abi.Members{Project: project, Members: []abi.Member{{User: ann, Since: 7, Role: "viewer"}}}, refusal
	})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }() // ended by Close below
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	want := Members{Project: project, Members: []Member{{User: uuid.UUID(ann), Role: "viewer", Since: time.Unix(7, 0).UTC()}}}
	check := func(got Members, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("answered %+v, %v", got, err)
		}
	}
	check(ListMembers(t.Context(), dir, "WEB"))
	check(AddMember(t.Context(), dir, "WEB", "ann", "viewer"))
	check(RemoveMember(t.Context(), dir, "WEB", uuid.UUID(ann).String()))
	if want := []abi.MembersRequest{
		{Op: abi.MembersList, Project: "WEB"},
		{Op: abi.MembersAdd, Project: "WEB", User: ann, Role: "viewer"},
		{Op: abi.MembersRemove, Project: "WEB", User: ann},
	}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %+v", asked)
	}
	refusal = errors.New("NOT_FOUND: there is no such project")
	if _, err := ListMembers(t.Context(), dir, "WEB"); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no such project") {
		t.Errorf("refused with %v", err)
	}
	count := len(asked)
	for _, err := range []error{
		second(ListMembers(t.Context(), dir, "")),
		second(ListMembers(t.Context(), dir, strings.Repeat("P", abi.MaxProjectNameBytes+1))),
		second(AddMember(t.Context(), dir, "WEB", "", "viewer")),
		second(AddMember(t.Context(), dir, "WEB", "ann", strings.Repeat("r", abi.MaxRoleBytes+1))),
	} {
		if !errors.Is(err, ErrRefused) {
			t.Errorf("answered with %v", err)
		}
	}
	if len(asked) != count {
		t.Errorf("the handlers were asked %+v", asked[count:])
	}
}

func second(_ Members, err error) error { return err }
