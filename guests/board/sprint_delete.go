package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteSprint removes a sprint from sight unless it is completed. Items keep its id.
func deleteSprint(c *guest.Call) error {
	var req pm.DeleteSprintRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	s, err := sprintToChange(c, req.SprintId, admin)
	if err != nil {
		return err
	}
	if s.row.Status == pm.SprintStatus_COMPLETED {
		return guest.Refuse(abi.CodeDeleteBlocked, "A completed sprint cannot be deleted")
	}

	if s.row.Status == pm.SprintStatus_ACTIVE {
		drop(c, activeSprintKey(s.at.owner))
	}
	s.row.DeletedAt = new(c.Now())
	sprints.remove(c, s.at, &s.row)
	if err := addActivity(c, sprints.subject(s.id), actionDeleted, nil, s.scopes()...); err != nil {
		return err
	}
	publish(c, eventSprintDeleted, &pm.SprintDeleted{SprintId: s.row.Id, UserId: caller(c).String()}, projectScope(s.at.owner))
	return nil
}
