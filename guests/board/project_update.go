package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// updateProject changes what the request sent of a project. Without a difference nothing is stored and nobody is told.
func updateProject(c *guest.Call) error {
	var req pm.UpdateProjectRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	id, p, err := projectToChange(c, req.ProjectId, editor, req.ExpectedVersion)
	if err != nil {
		return err
	}
	before := *p
	if err := applyToProject(c, p, &req); err != nil {
		return err
	}

	list := projectChanges(&before, p)
	if len(list) > 0 {
		if p.Version, err = nextVersion(p.Version); err != nil {
			return err
		}
		p.UpdatedAt, p.UpdatedBy = c.Now(), caller(c).String()
		store(c, projectKey(id), p)
		if err := addActivity(c, subject{kindProject, id}, actionUpdated, list, projectScope(id)); err != nil {
			return err
		}
	}
	m, err := projectMessage(c, id, p)
	if err != nil {
		return err
	}
	reply := &pm.ProjectUpdated{Project: m, Changes: list, UserId: caller(c).String()}
	if len(list) == 0 {
		c.Reply(encode(reply))
		return nil
	}
	publish(c, eventProjectUpdated, reply, projectScope(id))
	return nil
}

// applyToProject checks the fields that were sent and sets them in p. Texts equal to the stored ones are not checked,
// as in applyToItem.
func applyToProject(c *guest.Call, p *pm.Project, req *pm.UpdateProjectRequest) error {
	if req.Title != nil && *req.Title != p.Title {
		title, err := cleanTitle(c, *req.Title)
		if err != nil {
			return err
		}
		p.Title = title
	}
	if req.Description != nil && (p.Description == nil || *req.Description != *p.Description) {
		description, err := cleanDescription(c, req.Description, abi.CodeValidation)
		if err != nil {
			return err
		}
		p.Description = description
	}
	if req.Status != nil {
		if _, known := projectStatusWords[*req.Status]; !known {
			return invalid("status", "The project status must be active or archived")
		}
		p.Status = *req.Status
	}
	return nil
}

// projectChanges compares two states of a project.
func projectChanges(before, after *pm.Project) (list changes) {
	list.compareText("title", before.Title, after.Title)
	list.compare("description", before.Description, after.Description)
	list.compareText("status", projectStatusWords[before.Status], projectStatusWords[after.Status])
	return list
}
