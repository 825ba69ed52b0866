package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// How far from now the dates of a new sprint may lie, in seconds.
const (
	sprintPast   = 365 * 86400
	sprintFuture = 1825 * 86400
)

// maxSprints bounds the sprints that a project ever has. Taking a member out of a project looks at each of them, in one
// call, and must not fail.
const maxSprints = 5000

// createSprint creates a planned sprint.
func createSprint(c *guest.Call) error {
	var req pm.CreateSprintRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	s, err := newSprint(c, &req)
	if err != nil {
		return err
	}
	project := s.at.owner
	if err := require(c, project, editor); err != nil {
		return err
	}
	if !has(c, projectKey(project)) {
		return projectNotFound()
	}

	if s.at, err = sprints.add(c, project, s.id, &s.row); err != nil {
		return err
	}
	if s.at.number > maxSprints {
		return guest.Refuse(abi.CodeConflict, "This project has had "+strconv.Itoa(maxSprints)+" sprints, which is the limit; start a new project")
	}
	if err := addActivity(c, sprints.subject(s.id), actionCreated, nil, s.scopes()...); err != nil {
		return err
	}
	publish(c, eventSprintCreated, &pm.SprintCreated{Sprint: &s.row, UserId: s.row.CreatedBy}, projectScope(project))
	return nil
}

// newSprint makes a sprint of what the request says, after checking what can be checked without the store.
func newSprint(c *guest.Call, req *pm.CreateSprintRequest) (*sprint, error) {
	name, err := cleanText(c, "name", req.Name, maxSprintName, false)
	if err != nil {
		return nil, err
	}
	if err := checkNewDates(c.Now(), req.StartDate, req.EndDate); err != nil {
		return nil, err
	}
	goal, err := cleanGoal(c, req.Goal)
	if err != nil {
		return nil, err
	}
	project, err := parseID("project_id", req.ProjectId)
	if err != nil {
		return nil, err
	}

	now, user := c.Now(), caller(c).String()
	s := &sprint{id: newUUID(c), at: place{owner: project}}
	s.row = pm.Sprint{
		Id: s.id.String(), ProjectId: project.String(), Name: name, Goal: goal, StartDate: req.StartDate, EndDate: req.EndDate,
		Status: pm.SprintStatus_PLANNED, CreatedAt: now, UpdatedAt: now, CreatedBy: user, UpdatedBy: user, Version: 1,
	}
	return s, nil
}

func cleanGoal(c *guest.Call, goal *string) (*string, error) {
	return cleanOptional(c, "goal", goal, maxDescription.of(c), false, abi.CodeValidation)
}

// checkNewDates checks the dates of a new sprint against each other and against the window around now.
func checkNewDates(now, start, end int64) error {
	refuse := func(field, message string) error { return guest.RefuseField(abi.CodeInvalidMessage, field, message) }
	outside := func(date int64) bool { return date < now-sprintPast || date > now+sprintFuture }
	switch {
	case start >= end:
		return refuse("start_date", "The start_date must be before the end_date")
	case outside(start):
		return refuse("start_date", "The start_date must be at most a year ago and at most five years ahead")
	case outside(end):
		return refuse("end_date", "The end_date must be at most a year ago and at most five years ahead")
	}
	return nil
}
