package board

import (
	"strings"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// Bytes of a project key.
const (
	minProjectKey = 2
	maxProjectKey = 20
)

// createProject creates a project with the caller as its admin. Nobody can be subscribed to it yet: its events go to
// its members.
func createProject(c *guest.Call) error {
	var req pm.CreateProjectRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	title, err := cleanTitle(c, req.Title)
	if err != nil {
		return err
	}
	description, err := cleanDescription(c, req.Description, abi.CodeInvalidMessage)
	if err != nil {
		return err
	}
	name, err := projectName(req.Key)
	if err != nil {
		return err
	}
	if has(c, projectNameKey(name)) {
		return invalid("key", "The key "+name+" is taken by another project")
	}

	id, user, now := newUUID(c), caller(c), c.Now()
	p := &pm.Project{
		Id: id.String(), Title: title, Description: description, Key: name,
		Status: pm.ProjectStatus_PROJECT_STATUS_ACTIVE, Version: 1,
		CreatedAt: now, UpdatedAt: now, CreatedBy: user.String(), UpdatedBy: user.String(),
	}
	store(c, projectKey(id), p)
	store(c, projectNameKey(name), &pm.Ref{Id: id[:]})
	store(c, itemCounterKey(id), &pm.Counter{Next: 1})
	addMember(c, id, user, admin)
	if err := addActivity(c, subject{kindProject, id}, actionCreated, nil, userScope(user)); err != nil {
		return err
	}
	m, err := projectMessage(c, id, p)
	if err != nil {
		return err
	}
	publish(c, eventProjectCreated, &pm.ProjectCreated{Project: m, UserId: user.String()}, userScope(user))
	return nil
}

// projectName checks the key of a new project and returns it in upper case. It contains no hyphen, so that a display
// key like ABC-12 can be split at the last one.
func projectName(s string) (string, error) {
	if len(s) < minProjectKey || len(s) > maxProjectKey {
		return "", guest.RefuseField(abi.CodeInvalidMessage, "key", "The project key must have 2 to 20 characters")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_':
		default:
			return "", guest.RefuseField(abi.CodeInvalidMessage, "key", "The project key may contain only the letters A to Z, digits and underscores")
		}
	}
	return strings.ToUpper(s), nil
}
