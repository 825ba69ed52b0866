package board

import (
	"strings"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// manageMembers lists, adds and removes members of a project for the operator, who needs no role.
func manageMembers(c *guest.Call) error {
	req, ok := abi.ParseMembersRequest(c.Request())
	if !ok {
		return undecodable()
	}
	project, err := projectNamed(c, req.Project)
	if err != nil {
		return err
	}
	reply := abi.Members{Project: project}
	switch req.Op {
	case abi.MembersAdd:
		err = setMember(c, project, req.User, req.Role, &reply)
	case abi.MembersRemove:
		err = removeMember(c, project, req.User, &reply)
	default:
		err = each(c, key('m', project), func(key, value []byte) error {
			return appendMember(&reply, key, value)
		})
	}
	if err != nil {
		return err
	}
	c.Reply(abi.AppendMembers(nil, &reply))
	return nil
}

// projectNamed returns the live project with an id or a key.
func projectNamed(c *guest.Call, name string) (uuid, error) {
	id, ok := parseUUID(name)
	if !ok {
		var r pm.Ref
		k := projectNameKey(strings.ToUpper(name))
		found, err := load(c, k, &r)
		if err != nil || !found {
			if err == nil {
				err = projectNotFound()
			}
			return uuid{}, err
		}
		if id, ok = uuidFrom(r.Id); !ok {
			return uuid{}, damaged(k, "names no project")
		}
	}
	if !has(c, projectKey(id)) {
		return uuid{}, projectNotFound()
	}
	return id, nil
}

// setMember gives a user a role, whether he is a member or not.
func setMember(c *guest.Call, project, user uuid, word string, reply *abi.Members) error {
	r := parseRole(word)
	if r == nobody {
		return invalid("role", "The role must be viewer, editor or admin")
	}
	var m pm.Member
	k := memberKey(project, user)
	found, err := load(c, k, &m)
	if err != nil {
		return err
	}
	if found {
		m.Role = r.String()
		store(c, k, &m)
	} else {
		addMember(c, project, user, r)
	}
	value, _ := c.Get(dataSet, k)
	return appendMember(reply, k, value)
}

// removeMember ends a membership, and what the user hears of the project and of its sprints.
func removeMember(c *guest.Call, project, user uuid, reply *abi.Members) error {
	k := memberKey(project, user)
	value, found := c.Get(dataSet, k)
	if !found {
		return guest.Refuse(abi.CodeNotFound, "The user is not a member of this project")
	}
	if err := appendMember(reply, k, value); err != nil {
		return err
	}
	drop(c, k)
	drop(c, membershipKey(user, project))
	c.Revoke(projectScope(project), user)
	for _, letter := range [...]byte{sprints.live, sprints.deleted} { // deleted ones can be subscribed to
		if err := each(c, key(letter, project), func(key, value []byte) error {
			message, err := body(key, value)
			if err != nil {
				return err
			}
			text, _ := pm.Bytes(message, 1)
			id, ok := parseUUID(text)
			if !ok {
				return damaged(key, "has no valid id")
			}
			c.Revoke(sprintScope(id), user)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// appendMember adds the membership found under key to the reply.
func appendMember(reply *abi.Members, key, value []byte) error {
	var m pm.Member
	if err := decode(key, value, &m); err != nil {
		return err
	}
	reply.Members = append(reply.Members, abi.Member{User: idAfter(key, 17), Since: m.CreatedAt, Role: m.Role})
	return nil
}
