package board

import (
	"slices"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// members makes a call of the operator. It returns the refusal as "CODE field", or "" and the reply.
func (w *world) members(req abi.MembersRequest) (reply abi.Members, r guest.Result, refusal string) {
	w.t.Helper()
	r = w.Call(abi.RouteMembers, abi.AppendMembersRequest(nil, &req))
	if r.Refusal != nil {
		return abi.Members{}, r, strings.TrimSpace(r.Refusal.Code.String() + " " + r.Refusal.Field)
	}
	reply, ok := abi.ParseMembers(r.Reply)
	if !ok {
		w.t.Fatalf("reply %x", r.Reply)
	}
	return reply, r, ""
}

func TestMembersComeAndGo(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.Identity = abi.Identity{} // the operator is nobody
	start := w.TimeMS / 1000
	w.TimeMS += 5000
	member := func(user [16]byte, since int64, role string) abi.Member {
		return abi.Member{User: user, Since: since, Role: role}
	}

	got, r, _ := w.members(abi.MembersRequest{Op: abi.MembersAdd, User: vic, Project: "pp", Role: "viewer"})
	same(t, "added", got, abi.Members{Project: id16(project), Members: []abi.Member{member(vic, start+5, "viewer")}})
	same(t, "events", len(r.Events), 0)
	w.TimeMS += 5000
	got, r, _ = w.members(abi.MembersRequest{Op: abi.MembersAdd, User: vic, Project: strings.ToUpper(project), Role: "editor"})
	same(t, "changed", got.Members, []abi.Member{member(vic, start+5, "editor")})
	same(t, "revoked", len(r.Revoked), 0)
	w.fsck()
	w.Identity.Mode = abi.AuthToken
	w.as(ann).item(project, task, "by ann", nil)
	w.as(vic).item(project, task, "by vic", nil)

	got, _, _ = w.members(abi.MembersRequest{Project: project})
	want := []abi.Member{member(ann, start, "admin"), member(vic, start+5, "editor")}
	same(t, "listed", got.Members, want)
	got, _, _ = w.members(abi.MembersRequest{Op: abi.MembersRemove, User: ann, Project: "PP", Role: "ignored"})
	same(t, "removed", got.Members, want[:1])
	got, _, _ = w.members(abi.MembersRequest{Op: abi.MembersList, User: vic, Project: "PP"})
	same(t, "listed", got.Members, want[1:])
	w.fsck()
	same(t, "ann is out", w.as(ann).refusal(getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project}), "UNAUTHORIZED")
	var list pm.ProjectList
	w.ok(listProjectsRoute, &pm.ListProjectsRequest{}, &list)
	same(t, "her projects", len(list.Projects), 0)
}

func TestRemovingAMemberEndsSubscriptions(t *testing.T) {
	w := newWorld(t)
	project, other := w.project("P", "PP"), w.project("Q", "QQ")
	one, gone := w.sprint(project), w.sprint(project)
	w.sprint(other)
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: gone.Id}, nil)
	w.member(project, vic, viewer)
	got := w.unmember(project, vic).Revoked
	want := []guest.Revocation{{Scope: modelScope(project), User: vic}}
	for _, s := range []*pm.Sprint{one, gone} {
		want = append(want, guest.Revocation{Scope: abi.Scope{Kind: abi.ScopeSprint, ID: string(id16b(s.Id))}, User: vic})
	}
	for _, r := range want {
		if !slices.Contains(got, r) {
			t.Errorf("%v is not among %v", r, got)
		}
	}
	same(t, "revoked", len(got), len(want))
}

func TestMembersRefuse(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	gone := w.project("R", "RR")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	before := w.Pairs(dataSet)
	for _, tc := range []struct {
		name string
		req  abi.MembersRequest
		want string
	}{
		{"no project, before the role", abi.MembersRequest{Op: abi.MembersAdd}, "NOT_FOUND"},
		{"a key nobody knows", abi.MembersRequest{Project: "XX"}, "NOT_FOUND"},
		{"an id nobody knows", abi.MembersRequest{Project: unknownID}, "NOT_FOUND"},
		{"a deleted project", abi.MembersRequest{Project: gone}, "NOT_FOUND"},
		{"the key of a deleted project", abi.MembersRequest{Project: "RR"}, "NOT_FOUND"},
		{"no role", abi.MembersRequest{Op: abi.MembersAdd, Project: project}, "VALIDATION_ERROR role"},
		{"a word that is no role", abi.MembersRequest{Op: abi.MembersAdd, User: ann, Project: project, Role: "Admin"}, "VALIDATION_ERROR role"},
		{"removing who is no member", abi.MembersRequest{Op: abi.MembersRemove, User: vic, Project: project}, "NOT_FOUND"},
	} {
		_, _, got := w.members(tc.req)
		same(t, tc.name, got, tc.want)
	}
	for _, request := range [][]byte{nil, {3}, append(abi.AppendMembersRequest(nil, &abi.MembersRequest{}), 0)} {
		same(t, "malformed", w.Call(abi.RouteMembers, request).Refusal.Code, abi.CodeDecode)
	}
	same(t, "store", w.Pairs(dataSet), before)
}

func TestDamagedMembersAreInternalErrors(t *testing.T) {
	for name, damage := range map[string]func(c *guest.Call, project uuid){
		"a key that leads nowhere": func(c *guest.Call, _ uuid) { store(c, projectNameKey("PP"), &pm.Ref{}) },
		"a member":                 func(c *guest.Call, project uuid) { c.Put(dataSet, memberKey(project, uuid(ann)), []byte{1, 0}) },
		"a sprint without an id": func(c *guest.Call, project uuid) {
			store(c, sprints.liveKey(place{project, 1}), &pm.Sprint{})
		},
	} {
		w := newWorld(t)
		project := w.project("P", "PP")
		w.raw(func(c *guest.Call) { damage(c, id16(project)) })
		_, _, got := w.members(abi.MembersRequest{Op: abi.MembersRemove, User: ann, Project: "PP"})
		same(t, name, got, "INTERNAL_ERROR")
	}
}
