package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// updateSprint changes what the request sent of a sprint. Without a difference nothing is stored and nobody is told.
func updateSprint(c *guest.Call) error {
	var req pm.UpdateSprintRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	s, err := sprintToChange(c, req.SprintId, editor)
	if err != nil {
		return err
	}
	if err := checkVersion(req.ExpectedVersion, s.row.Version); err != nil {
		return err
	}
	if s.row.Status == pm.SprintStatus_COMPLETED {
		return conflict("A completed sprint cannot be changed", s.row.Version)
	}
	before := s.row
	if err := applyToSprint(c, s, &req); err != nil {
		return err
	}

	list := sprintChanges(&before, &s.row)
	reply := &pm.SprintUpdated{Sprint: &s.row, Changes: list, UserId: caller(c).String()}
	if len(list) == 0 {
		c.Reply(encode(reply))
		return nil
	}
	if s.row.Version, err = nextVersion(s.row.Version); err != nil {
		return err
	}
	s.row.UpdatedAt, s.row.UpdatedBy = c.Now(), reply.UserId
	sprints.replace(c, s.at, &s.row)
	if err := addActivity(c, sprints.subject(s.id), actionUpdated, list, s.scopes()...); err != nil {
		return err
	}
	publish(c, eventSprintUpdated, reply, projectScope(s.at.owner))
	return nil
}

// applyToSprint checks the fields that were sent, in the order in which their errors win, and sets them in s. Texts equal
// to the stored ones are not checked, as in applyToItem.
func applyToSprint(c *guest.Call, s *sprint, req *pm.UpdateSprintRequest) error {
	row := &s.row
	if req.Name != nil && *req.Name != row.Name {
		name, err := cleanText(c, "name", *req.Name, maxSprintName, false)
		if err != nil {
			return err
		}
		row.Name = name
	}
	if req.Goal != nil && (row.Goal == nil || *req.Goal != *row.Goal) {
		goal, err := cleanGoal(c, req.Goal)
		if err != nil {
			return err
		}
		row.Goal = goal
	}
	if req.StartDate != nil {
		if err := checkTime("start_date", *req.StartDate); err != nil {
			return err
		}
		row.StartDate = *req.StartDate
	}
	if req.EndDate != nil {
		if err := checkTime("end_date", *req.EndDate); err != nil {
			return err
		}
		row.EndDate = *req.EndDate
	}
	if req.Status != nil {
		if err := setSprintStatus(c, s, *req.Status); err != nil {
			return err
		}
	}
	if row.StartDate >= row.EndDate {
		return invalid("start_date", "The start_date must be before the end_date")
	}
	return nil
}

// setSprintStatus brings a sprint into another status. A project has one active sprint at most.
func setSprintStatus(c *guest.Call, s *sprint, to pm.SprintStatus) error {
	from := s.row.Status
	word, known := sprintStatusWords[to]
	switch {
	case !known:
		return invalid("status", "The sprint status must be planned, active, completed or cancelled")
	case !mayBecome(from, to):
		return invalid("status", "Invalid status transition from "+sprintStatusWords[from]+" to "+word)
	case from == to:
		return nil
	}
	active := activeSprintKey(s.at.owner)
	switch {
	case to == pm.SprintStatus_ACTIVE && has(c, active):
		return conflict("Another sprint of this project is active; complete or cancel that one first", s.row.Version)
	case to == pm.SprintStatus_ACTIVE:
		store(c, active, &pm.Ref{Id: s.id[:]})
	case from == pm.SprintStatus_ACTIVE:
		drop(c, active)
	}
	s.row.Status = to
	return nil
}

// conflict refuses a change that the state of an entity forbids.
func conflict(message string, version int32) error {
	return guest.Refuse(abi.CodeConflict, message+". It is at version "+strconv.Itoa(int(version)))
}

// sprintChanges compares two states of a sprint.
func sprintChanges(before, after *pm.Sprint) (list changes) {
	list.compareText("name", before.Name, after.Name)
	list.compare("goal", before.Goal, after.Goal)
	list.compareText("start_date", timeText(before.StartDate), timeText(after.StartDate))
	list.compareText("end_date", timeText(before.EndDate), timeText(after.EndDate))
	list.compareText("status", sprintStatusWords[before.Status], sprintStatusWords[after.Status])
	return list
}
