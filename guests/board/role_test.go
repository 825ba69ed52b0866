package board

import (
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func TestRoles(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	empty := w.project("Nobody's", "NN")
	w.item(empty, task, "T", nil)
	deleted := w.project("Nobody's and deleted", "ND")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: deleted, ExpectedVersion: 1}, nil)
	w.raw(func(c *guest.Call) {
		for _, p := range []string{empty, deleted} {
			drop(c, memberKey(id16(p), uuid(ann)))
			drop(c, membershipKey(uuid(ann), id16(p)))
		}
	})
	odd := w.project("Odd", "OD")
	w.raw(func(c *guest.Call) {
		store(c, memberKey(id16(odd), uuid(ed)), &pm.Member{Role: "owner"})
		store(c, memberKey(id16(odd), uuid(vic)), &pm.Member{Role: ""})
	})

	for _, tc := range []struct {
		name    string
		mode    abi.AuthMode
		user    [16]byte
		project string
		want    role
	}{
		{"the creator is admin", abi.AuthToken, ann, project, admin},
		{"an editor is editor", abi.AuthToken, ed, project, editor},
		{"a viewer is viewer", abi.AuthToken, vic, project, viewer},
		{"a stranger is nobody", abi.AuthToken, sue, project, nobody},
		{"nobody has a role in an unknown project", abi.AuthToken, ann, unknownID, nobody},
		{"nor in one without members, with authentication", abi.AuthToken, ann, empty, nobody},
		{"an unknown word grants nothing", abi.AuthToken, ed, odd, nobody},
		{"an empty word grants nothing", abi.AuthToken, vic, odd, nobody},
		{"an unknown word grants nothing on the desktop either", abi.AuthDesktop, ed, odd, nobody},
		{"members keep their roles on the desktop", abi.AuthDesktop, vic, project, viewer},
		{"a stranger is nobody where there are members", abi.AuthDesktop, sue, project, nobody},
		{"a project without members is everybody's on the desktop", abi.AuthDesktop, sue, empty, admin},
		{"unless it is deleted", abi.AuthDesktop, sue, deleted, nobody},
		{"an unknown project is nobody's on the desktop", abi.AuthDesktop, sue, unknownID, nobody},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			w.Identity.Mode = tc.mode
			w.raw(func(c *guest.Call) {
				got, err := roleIn(c, id16(tc.project))
				same(t, "role", got, tc.want)
				same(t, "error", err, nil)
				for need := viewer; need <= admin; need++ {
					if err := require(c, id16(tc.project), need); (err == nil) != (tc.want >= need) {
						t.Errorf("require %v: %v", need, err)
					}
				}
			})
		})
	}
}

func TestRoleWordsReadBack(t *testing.T) {
	for r := viewer; r <= admin; r++ {
		same(t, "role", parseRole(r.String()), r)
	}
	for _, word := range []string{"", "Admin", "owner", "admin "} {
		same(t, word, parseRole(word), nobody)
	}
}
