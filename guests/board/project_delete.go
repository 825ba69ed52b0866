package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteProject removes a project without live items from sight. Its key is free again; its members, its counter and
// its history stay.
func deleteProject(c *guest.Call) error {
	var req pm.DeleteProjectRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	id, p, err := projectToChange(c, req.ProjectId, admin, req.ExpectedVersion)
	if err != nil {
		return err
	}
	if n := count(c, key('c', id)); n > 0 {
		return guest.Refuse(abi.CodeDeleteBlocked, "The project still has work items: "+strconv.Itoa(n)+". Delete them first")
	}

	p.DeletedAt = new(c.Now())
	store(c, deletedProjectKey(id), p)
	drop(c, projectKey(id))
	drop(c, projectNameKey(p.Key))
	if err := addActivity(c, subject{kindProject, id}, actionDeleted, nil, projectScope(id)); err != nil {
		return err
	}
	publish(c, eventProjectDeleted, &pm.ProjectDeleted{ProjectId: p.Id, UserId: caller(c).String()}, projectScope(id))
	return nil
}
