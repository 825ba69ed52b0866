package board

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"workcell/abi"
	"workcell/guests/board/pm"
)

// A model says what the board must do, in the plainest way: all entities in lists, all rules in the order in which they
// are written down, nothing shared with the handlers. Each operation returns the refusal as "CODE field", or "" and the
// reply. The id of a new entity is the handler's to choose.
type model struct {
	now      int64
	user     string
	desktop  bool
	users    []string
	projects []*modelProject
	items    []*pm.WorkItem // without hierarchy; deleted ones too, as in all lists
	sprints  []*pm.Sprint
	comments []*pm.Comment
	entries  []*pm.TimeEntry
	links    []*pm.Dependency

	fresh     string                            // id of what the operation at hand creates
	told      []announcement                    // by it
	histories map[string][]*pm.ActivityLogEntry // by entity
}

// An announcement is an event: an activity row, or an entity event with the payload that the reply has unless it says
// another.
type announcement struct {
	route   uint32
	scopes  []abi.Scope
	row     *pm.ActivityLogEntry
	payload []byte
}

// note adds what was done to the history of an entity, and announces it.
func (m *model) note(kind, id, action string, list []*pm.FieldChange, scopes ...abi.Scope) {
	for i := range max(1, len(list)) {
		row := &pm.ActivityLogEntry{EntityType: kind, EntityId: id, Action: action, UserId: m.user, Timestamp: m.now}
		if len(list) > 0 {
			row.FieldName, row.OldValue, row.NewValue = &list[i].FieldName, list[i].OldValue, list[i].NewValue
			row.Comment = new(strconv.Itoa(len(list)) + " fields changed")
		}
		m.histories[id] = append(m.histories[id], row)
		m.told = append(m.told, announcement{route: 142, scopes: scopes, row: row})
	}
}

// tell announces the reply.
func (m *model) tell(route uint32, scopes ...abi.Scope) {
	m.told = append(m.told, announcement{route: route, scopes: scopes})
}

type modelProject struct {
	pm.Project
	roles map[string]string
}

func (m *model) project(id string) *modelProject {
	for _, p := range m.projects {
		if p.Id == id {
			return p
		}
	}
	return nil
}

func (m *model) liveProject(id string) *modelProject {
	if p := m.project(id); p != nil && p.DeletedAt == nil {
		return p
	}
	return nil
}

func (m *model) liveItem(id string) *pm.WorkItem {
	for _, it := range m.items {
		if it.Id == id && it.DeletedAt == nil {
			return it
		}
	}
	return nil
}

var modelLevels = map[string]int{"viewer": 1, "editor": 2, "admin": 3}

func (m *model) level(project string) int {
	p := m.project(project)
	switch {
	case p == nil:
		return 0
	case m.desktop && len(p.roles) == 0 && p.DeletedAt == nil:
		return 3
	}
	return modelLevels[p.roles[m.user]]
}

// canonical returns the usual form of an id, "" if s is none. The test uses only two forms.
func canonical(s string) string {
	s = strings.ToLower(s)
	if len(s) != 36 || strings.Count(s, "-") != 4 {
		return ""
	}
	return s
}

func (m *model) createProject(req *pm.CreateProjectRequest) (*pm.ProjectCreated, string) {
	title, key := strings.TrimSpace(req.Title), strings.ToUpper(req.Key)
	switch {
	case title == "" || utf8.RuneCountInString(title) > 200:
		return nil, "INVALID_MESSAGE title"
	case len(key) < 2 || strings.Contains(key, "-"):
		return nil, "INVALID_MESSAGE key"
	}
	for _, p := range m.projects {
		if p.DeletedAt == nil && p.Key == key {
			return nil, "VALIDATION_ERROR key"
		}
	}
	p := &modelProject{roles: map[string]string{m.user: "admin"}}
	p.Project = pm.Project{
		Id: m.fresh, Title: title, Description: trimmed(req.Description), Key: key, Status: 1, Version: 1, CreatedAt: m.now, UpdatedAt: m.now,
		CreatedBy: m.user, UpdatedBy: m.user, NextWorkItemNumber: 1,
	}
	m.projects = append(m.projects, p)
	self := abi.Scope{Kind: abi.ScopeUser, ID: string(id16b(m.user))}
	m.note("project", p.Id, "created", nil, self)
	m.tell(94, self)
	sent := p.Project
	return &pm.ProjectCreated{Project: &sent, UserId: m.user}, ""
}

func trimmed(s *string) *string {
	if s == nil {
		return nil
	}
	return new(strings.TrimSpace(*s))
}

func (m *model) updateProject(req *pm.UpdateProjectRequest) (*pm.ProjectUpdated, string) {
	id := canonical(req.ProjectId)
	p := m.liveProject(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR project_id"
	case p == nil:
		return nil, "NOT_FOUND"
	case m.level(id) < 2:
		return nil, "UNAUTHORIZED"
	case p.Version != req.ExpectedVersion:
		return nil, "CONFLICT"
	case req.Title != nil && strings.TrimSpace(*req.Title) == "":
		return nil, "INVALID_MESSAGE title"
	case req.Status != nil && *req.Status != 1 && *req.Status != 2:
		return nil, "VALIDATION_ERROR status"
	}
	var list []*pm.FieldChange
	if req.Title != nil && strings.TrimSpace(*req.Title) != p.Title {
		list = append(list, change("title", new(p.Title), trimmed(req.Title)))
		p.Title = strings.TrimSpace(*req.Title)
	}
	if req.Description != nil && (p.Description == nil || *p.Description != strings.TrimSpace(*req.Description)) {
		list = append(list, change("description", p.Description, trimmed(req.Description)))
		p.Description = trimmed(req.Description)
	}
	if req.Status != nil && *req.Status != p.Status {
		words := map[pm.ProjectStatus]string{1: "active", 2: "archived"}
		list = append(list, change("status", new(words[p.Status]), new(words[*req.Status])))
		p.Status = *req.Status
	}
	if len(list) > 0 {
		p.Version, p.UpdatedAt, p.UpdatedBy = p.Version+1, m.now, m.user
		m.note("project", id, "updated", list, modelScope(id))
		m.tell(95, modelScope(id))
	}
	sent := p.Project
	return &pm.ProjectUpdated{Project: &sent, Changes: list, UserId: m.user}, ""
}

func (m *model) deleteProject(req *pm.DeleteProjectRequest) (*pm.ProjectDeleted, string) {
	id := canonical(req.ProjectId)
	p := m.liveProject(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR project_id"
	case p == nil:
		return nil, "NOT_FOUND"
	case m.level(id) < 3:
		return nil, "UNAUTHORIZED"
	case p.Version != req.ExpectedVersion:
		return nil, "CONFLICT"
	case len(m.live(id)) > 0:
		return nil, "DELETE_BLOCKED"
	}
	p.DeletedAt = new(m.now)
	m.note("project", id, "deleted", nil, modelScope(id))
	m.tell(96, modelScope(id))
	return &pm.ProjectDeleted{ProjectId: id, UserId: m.user}, ""
}

func (m *model) listProjects() *pm.ProjectList {
	var list pm.ProjectList
	for _, p := range m.projects {
		if _, member := p.roles[m.user]; p.DeletedAt == nil && (m.desktop || member) {
			sent := p.Project
			list.Projects = append(list.Projects, &sent)
		}
	}
	sort.Slice(list.Projects, func(i, j int) bool {
		a, b := list.Projects[i], list.Projects[j]
		return a.Title+"\x00"+a.Key < b.Title+"\x00"+b.Key
	})
	return &list
}

// modelScope is where the events of a change in a project go.
func modelScope(project string) abi.Scope {
	return abi.Scope{Kind: abi.ScopeProject, ID: string(id16b(project))}
}
