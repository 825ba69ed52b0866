package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A role is what a user may do in a project; each includes the ones before it.
type role uint8

const (
	nobody role = iota
	viewer      // may look
	editor      // may create and change
	admin       // may delete
)

var roleWords = [...]string{nobody: "", viewer: "viewer", editor: "editor", admin: "admin"}

// String returns the word of r, as members' records hold it.
func (r role) String() string { return roleWords[r] }

// parseRole returns the role a word stands for. Words that are no role grant nothing.
func parseRole(word string) role {
	for r := viewer; r <= admin; r++ {
		if roleWords[r] == word {
			return r
		}
	}
	return nobody
}

// memberRole is the number of pm.Member's field of that name.
const memberRole = 4

// roleIn returns the caller's role in a project, nobody if there is no such project.
//
// With authentication off, a project without any member belongs to everybody who can reach the appliance: it came from
// a time or a tool that knew no members, and nobody could open it otherwise.
func roleIn(c *guest.Call, project uuid) (role, error) {
	k := memberKey(project, c.Identity().User)
	if value, found := c.Get(dataSet, k); found { // every call asks: it takes the one field it needs
		message, err := body(k, value)
		if err != nil {
			return nobody, err
		}
		word, ok := pm.Bytes(message, memberRole)
		if !ok {
			return nobody, undecoded(k)
		}
		return parseRole(string(word)), nil
	}
	if c.Identity().Mode != abi.AuthDesktop || firstKey(c, key('m', project)) != nil || !has(c, projectKey(project)) {
		return nobody, nil
	}
	return admin, nil
}

// require refuses the call unless the caller has at least the given role in a project. The refusal is the same for a
// project that does not exist: it does not reveal which ones do.
func require(c *guest.Call, project uuid, need role) error {
	r, err := roleIn(c, project)
	if err != nil || r >= need {
		return err
	}
	return guest.Refuse(abi.CodeUnauthorized, "You need at least the role "+need.String()+" in this project")
}

// addMember makes a user a member of a project.
func addMember(c *guest.Call, project, user uuid, r role) {
	id := newUUID(c)
	store(c, memberKey(project, user), &pm.Member{
		Id: id[:], ProjectId: project[:], UserId: user[:], Role: r.String(), CreatedAt: c.Now(),
	})
	store(c, membershipKey(user, project), &pm.Ref{Id: project[:]})
}
