package board

import (
	"math"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// lookUpProject returns a live project, nil if there is none.
func lookUpProject(c *guest.Call, id uuid) (*pm.Project, error) {
	var p pm.Project
	found, err := load(c, projectKey(id), &p)
	if err != nil || !found {
		return nil, err
	}
	return &p, nil
}

// findProject returns a live project or refuses.
func findProject(c *guest.Call, id uuid) (*pm.Project, error) {
	p, err := lookUpProject(c, id)
	if err == nil && p == nil {
		err = projectNotFound()
	}
	return p, err
}

// projectToChange returns the live project that a request names, for a user with a role in it who knows its version.
func projectToChange(c *guest.Call, text string, needed role, version int32) (uuid, *pm.Project, error) {
	id, err := parseID("project_id", text)
	if err != nil {
		return uuid{}, nil, err
	}
	p, err := findProject(c, id)
	if err != nil {
		return uuid{}, nil, err
	}
	if err := require(c, id, needed); err != nil {
		return uuid{}, nil, err
	}
	return id, p, checkVersion(version, p.Version)
}

func projectNotFound() error { return notFound("project") }

// projectMessage returns p as clients get it: with the number its next item will have.
func projectMessage(c *guest.Call, id uuid, p *pm.Project) (*pm.Project, error) {
	next, err := itemCounter(c, id)
	if err != nil {
		return nil, err
	}
	m := *p
	m.NextWorkItemNumber = int32(next.Next)
	return &m, nil
}

// itemCounter returns the item counter of a project that exists or existed.
func itemCounter(c *guest.Call, project uuid) (*pm.Counter, error) {
	var counter pm.Counter
	found, err := load(c, itemCounterKey(project), &counter)
	if err == nil && (!found || counter.Next < 1 || counter.Next > math.MaxInt32) {
		err = damaged(itemCounterKey(project), "is missing or out of range")
	}
	return &counter, err
}

// takeItemNumber returns the number of a new item. Numbers are never used again. The highest number is never given
// away, because clients are told the next one in 32 bits.
func takeItemNumber(c *guest.Call, project uuid) (int32, error) {
	counter, err := itemCounter(c, project)
	if err != nil {
		return 0, err
	}
	n := int32(counter.Next)
	if n == math.MaxInt32 {
		return 0, guest.Refuse(abi.CodeConflict, "This project has used up its item numbers; start a new project")
	}
	counter.Next++
	store(c, itemCounterKey(project), counter)
	return n, nil
}

var projectStatusWords = map[pm.ProjectStatus]string{
	pm.ProjectStatus_PROJECT_STATUS_ACTIVE:   "active",
	pm.ProjectStatus_PROJECT_STATUS_ARCHIVED: "archived",
}
