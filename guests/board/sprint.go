package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A sprint is a live sprint: its record, and what the record holds as text.
type sprint struct {
	row pm.Sprint
	id  uuid
	at  place // its owner is the project
}

// sprintToChange returns the live sprint that a request names, for a user with a role in its project.
func sprintToChange(c *guest.Call, text string, needed role) (*sprint, error) {
	id, err := parseID("sprint_id", text)
	if err != nil {
		return nil, err
	}
	s := &sprint{id: id}
	if s.at, err = sprints.find(c, id, &s.row); err != nil {
		return nil, err
	}
	return s, require(c, s.at.owner, needed)
}

// scopes returns who hears of a sprint's history: who follows the project or the sprint itself.
func (s *sprint) scopes() []abi.Scope {
	return []abi.Scope{projectScope(s.at.owner), sprintScope(s.id)}
}

var sprintStatusWords = map[pm.SprintStatus]string{
	pm.SprintStatus_PLANNED:   "planned",
	pm.SprintStatus_ACTIVE:    "active",
	pm.SprintStatus_COMPLETED: "completed",
	pm.SprintStatus_CANCELLED: "cancelled",
}

// mayBecome reports whether a sprint may go from one status to another. Staying is always possible.
func mayBecome(from, to pm.SprintStatus) bool {
	switch from {
	case to:
		return true
	case pm.SprintStatus_PLANNED:
		return to == pm.SprintStatus_ACTIVE || to == pm.SprintStatus_CANCELLED
	case pm.SprintStatus_ACTIVE:
		return to == pm.SprintStatus_COMPLETED || to == pm.SprintStatus_CANCELLED
	}
	return false
}
