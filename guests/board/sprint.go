package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// lookUpSprint returns a sprint, deleted or not, and its project; nil if there is none.
func lookUpSprint(c *guest.Call, id uuid) (*pm.Sprint, uuid, error) {
	var s pm.Sprint
	found, err := load(c, sprintKey(id), &s)
	if err != nil || !found {
		return nil, uuid{}, err
	}
	project, ok := parseUUID(s.ProjectId)
	if !ok {
		return nil, uuid{}, damaged(sprintKey(id), "names no project")
	}
	return &s, project, nil
}
