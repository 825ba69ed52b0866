package board

import (
	"sort"
	"strings"
	"time"

	"workcell/abi"
	"workcell/guests/board/pm"
)

func (m *model) liveSprint(id string) *pm.Sprint {
	for _, s := range m.sprints {
		if s.Id == id && s.DeletedAt == nil {
			return s
		}
	}
	return nil
}

func (m *model) isSprintOf(project, id string) bool {
	s := m.liveSprint(id)
	return s != nil && s.ProjectId == project
}

// sprintScopes are where the activity of a sprint goes.
func sprintScopes(s *pm.Sprint) []abi.Scope {
	return []abi.Scope{modelScope(s.ProjectId), {Kind: abi.ScopeSprint, ID: string(id16b(s.Id))}}
}

func (m *model) createSprint(req *pm.CreateSprintRequest) (*pm.SprintCreated, string) {
	name, project := strings.TrimSpace(req.Name), canonical(req.ProjectId)
	outside := func(t int64) bool { return t < m.now-365*86400 || t > m.now+1825*86400 }
	switch {
	case name == "":
		return nil, "INVALID_MESSAGE name"
	case req.StartDate >= req.EndDate, outside(req.StartDate):
		return nil, "INVALID_MESSAGE start_date"
	case outside(req.EndDate):
		return nil, "INVALID_MESSAGE end_date"
	case project == "":
		return nil, "VALIDATION_ERROR project_id"
	case m.level(project) < 2:
		return nil, "UNAUTHORIZED"
	case m.liveProject(project) == nil:
		return nil, "NOT_FOUND"
	}
	s := &pm.Sprint{
		Id: m.fresh, ProjectId: project, Name: name, Goal: trimmed(req.Goal), StartDate: req.StartDate, EndDate: req.EndDate,
		Status: 1, CreatedAt: m.now, UpdatedAt: m.now, CreatedBy: m.user, UpdatedBy: m.user, Version: 1,
	}
	m.sprints = append(m.sprints, s)
	m.note("sprint", s.Id, "created", nil, sprintScopes(s)...)
	m.tell(60, modelScope(project))
	sent := *s
	return &pm.SprintCreated{Sprint: &sent, UserId: m.user}, ""
}

// modelTransitions are the changes of status that are possible.
var modelTransitions = map[[2]pm.SprintStatus]bool{
	{1, 1}: true, {2, 2}: true, {4, 4}: true, {1, 2}: true, {1, 4}: true, {2, 3}: true, {2, 4}: true,
}

func (m *model) updateSprint(req *pm.UpdateSprintRequest) (*pm.SprintUpdated, string) {
	id := canonical(req.SprintId)
	s := m.liveSprint(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR sprint_id"
	case s == nil:
		return nil, "NOT_FOUND"
	case m.level(s.ProjectId) < 2:
		return nil, "UNAUTHORIZED"
	case s.Version != req.ExpectedVersion, s.Status == 3:
		return nil, "CONFLICT"
	case req.Name != nil && strings.TrimSpace(*req.Name) == "":
		return nil, "INVALID_MESSAGE name"
	}
	start, end, status := s.StartDate, s.EndDate, s.Status
	if req.StartDate != nil {
		start = *req.StartDate
	}
	if req.EndDate != nil {
		end = *req.EndDate
	}
	if req.Status != nil {
		if status = *req.Status; !modelTransitions[[2]pm.SprintStatus{s.Status, status}] {
			return nil, "VALIDATION_ERROR status"
		}
	}
	for _, other := range m.sprints {
		if status == 2 && other != s && other.ProjectId == s.ProjectId && other.Status == 2 && other.DeletedAt == nil {
			return nil, "CONFLICT"
		}
	}
	if start >= end {
		return nil, "VALIDATION_ERROR start_date"
	}

	var list []*pm.FieldChange
	if req.Name != nil && strings.TrimSpace(*req.Name) != s.Name {
		list = append(list, change("name", new(s.Name), trimmed(req.Name)))
		s.Name = strings.TrimSpace(*req.Name)
	}
	if req.Goal != nil && (s.Goal == nil || *s.Goal != strings.TrimSpace(*req.Goal)) {
		list = append(list, change("goal", s.Goal, trimmed(req.Goal)))
		s.Goal = trimmed(req.Goal)
	}
	if start != s.StartDate {
		list = append(list, change("start_date", modelTime(&s.StartDate), modelTime(&start)))
	}
	if end != s.EndDate {
		list = append(list, change("end_date", modelTime(&s.EndDate), modelTime(&end)))
	}
	if status != s.Status {
		words := strings.Fields("? planned active completed cancelled")
		list = append(list, change("status", &words[s.Status], &words[status]))
	}
	s.StartDate, s.EndDate, s.Status = start, end, status
	if len(list) > 0 {
		s.Version, s.UpdatedAt, s.UpdatedBy = s.Version+1, m.now, m.user
		m.note("sprint", id, "updated", list, sprintScopes(s)...)
		m.tell(61, modelScope(s.ProjectId))
	}
	sent := *s
	return &pm.SprintUpdated{Sprint: &sent, Changes: list, UserId: m.user}, ""
}

// modelTime is a time as change lists have it.
func modelTime(t *int64) *string {
	if t == nil {
		return nil
	}
	return new(time.Unix(*t, 0).UTC().Format("2006-01-02T15:04:05-07:00"))
}

func (m *model) deleteSprint(req *pm.DeleteSprintRequest) (*pm.SprintDeleted, string) {
	id := canonical(req.SprintId)
	s := m.liveSprint(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR sprint_id"
	case s == nil:
		return nil, "NOT_FOUND"
	case m.level(s.ProjectId) < 3:
		return nil, "UNAUTHORIZED"
	case s.Status == 3:
		return nil, "DELETE_BLOCKED"
	}
	s.DeletedAt = new(m.now)
	m.note("sprint", id, "deleted", nil, sprintScopes(s)...)
	m.tell(62, modelScope(s.ProjectId))
	return &pm.SprintDeleted{SprintId: id, UserId: m.user}, ""
}

func (m *model) listSprints(req *pm.GetSprintsRequest) (*pm.SprintsList, string) {
	id := canonical(req.ProjectId)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR project_id"
	case m.level(id) < 1:
		return nil, "UNAUTHORIZED"
	}
	list := &pm.SprintsList{}
	for _, s := range m.sprints {
		if s.ProjectId == id && s.DeletedAt == nil {
			list.Sprints = append(list.Sprints, s)
		}
	}
	sort.SliceStable(list.Sprints, func(i, j int) bool { return list.Sprints[i].StartDate > list.Sprints[j].StartDate })
	return list, ""
}
