package board

import (
	"cmp"
	"slices"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listSprints replies with the live sprints of a project, the newest start first, then in the order of creation.
func listSprints(c *guest.Call) error {
	var req pm.GetSprintsRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	project, err := parseID("project_id", req.ProjectId)
	if err != nil {
		return err
	}
	if err := require(c, project, viewer); err != nil {
		return err
	}
	var reply pm.SprintsList
	if err := each(c, key(sprints.live, project), func(key, value []byte) error {
		s := &pm.Sprint{}
		reply.Sprints = append(reply.Sprints, s)
		return decode(key, value, s)
	}); err != nil {
		return err
	}
	slices.SortStableFunc(reply.Sprints, func(a, b *pm.Sprint) int { return cmp.Compare(b.StartDate, a.StartDate) })
	c.Reply(encode(&reply))
	return nil
}
