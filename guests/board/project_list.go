package board

import (
	"slices"
	"strings"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listProjects replies with the live projects in the order of their titles' bytes: with authentication those the caller
// is a member of, without it all.
func listProjects(c *guest.Call) error {
	var req pm.ListProjectsRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	ids, err := visibleProjects(c)
	if err != nil {
		return err
	}
	var reply pm.ProjectList
	for _, id := range ids {
		p, err := lookUpProject(c, id)
		if err != nil {
			return err
		}
		if p == nil {
			continue // deleted; memberships stay
		}
		m, err := projectMessage(c, id, p)
		if err != nil {
			return err
		}
		reply.Projects = append(reply.Projects, m)
	}
	slices.SortFunc(reply.Projects, func(a, b *pm.Project) int {
		if order := strings.Compare(a.Title, b.Title); order != 0 {
			return order
		}
		return strings.Compare(a.Key, b.Key)
	})
	c.Reply(encode(&reply))
	return nil
}

// visibleProjects returns the projects that the caller may see in the list. Some may be deleted.
func visibleProjects(c *guest.Call) (ids []uuid, err error) {
	prefix := key('b', caller(c))
	if c.Identity().Mode == abi.AuthDesktop {
		prefix = key('p')
	}
	err = each(c, prefix, func(key, _ []byte) error {
		ids = append(ids, idAfter(key, len(prefix)))
		return nil
	})
	return ids, err
}
