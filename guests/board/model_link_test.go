package board

import (
	"slices"
	"strings"

	"workcell/guests/board/pm"
)

// visible are the live links between live items.
func (m *model) visible() (links []*pm.Dependency) {
	for _, l := range m.links {
		if l.DeletedAt == nil && m.liveItem(l.BlockingItemId) != nil && m.liveItem(l.BlockedItemId) != nil {
			links = append(links, l)
		}
	}
	return links
}

// reaches reports whether links that block lead from one item to another.
func (m *model) reaches(from, to string) bool {
	met := []string{from}
	for i := 0; i < len(met); i++ {
		for _, l := range m.visible() {
			if l.DependencyType == blocks && l.BlockingItemId == met[i] && !slices.Contains(met, l.BlockedItemId) {
				met = append(met, l.BlockedItemId)
			}
		}
	}
	return slices.Contains(met, to)
}

func (m *model) createLink(req *pm.CreateDependencyRequest) (*pm.DependencyCreated, string) {
	from, to := canonical(req.BlockingItemId), canonical(req.BlockedItemId)
	a, b := m.liveItem(from), m.liveItem(to)
	switch {
	case from == "":
		return nil, "VALIDATION_ERROR blocking_item_id"
	case to == "", from == to:
		return nil, "VALIDATION_ERROR blocked_item_id"
	case req.DependencyType != 1 && req.DependencyType != 2:
		return nil, "VALIDATION_ERROR dependency_type"
	case a == nil, b == nil:
		return nil, "NOT_FOUND"
	case a.ProjectId != b.ProjectId:
		return nil, "VALIDATION_ERROR blocking_item_id"
	case m.level(a.ProjectId) < 2:
		return nil, "UNAUTHORIZED"
	case slices.ContainsFunc(m.visible(), func(l *pm.Dependency) bool { return l.BlockingItemId == from && l.BlockedItemId == to }):
		return nil, "VALIDATION_ERROR blocked_item_id"
	case req.DependencyType == blocks && m.reaches(to, from):
		return nil, "VALIDATION_ERROR blocking_item_id"
	}
	l := &pm.Dependency{
		Id: m.fresh, BlockingItemId: from, BlockedItemId: to, DependencyType: req.DependencyType, CreatedAt: m.now, CreatedBy: m.user,
	}
	m.links = append(m.links, l)
	m.note("dependency", l.Id, "created", nil, modelScope(a.ProjectId))
	m.tell(135, modelScope(a.ProjectId))
	sent := *l
	return &pm.DependencyCreated{Dependency: &sent, UserId: m.user}, ""
}

func (m *model) deleteLink(req *pm.DeleteDependencyRequest) (*pm.DependencyDeleted, string) {
	id := canonical(req.DependencyId)
	i := slices.IndexFunc(m.links, func(l *pm.Dependency) bool { return l.Id == id && l.DeletedAt == nil })
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR dependency_id"
	case i < 0:
		return nil, "NOT_FOUND"
	}
	l := m.links[i]
	project := m.projectOfItem(l.BlockingItemId)
	if m.level(project) < 2 {
		return nil, "UNAUTHORIZED"
	}
	l.DeletedAt = new(m.now)
	m.note("dependency", id, "deleted", nil, modelScope(project))
	m.tell(136, modelScope(project))
	return &pm.DependencyDeleted{DependencyId: id, BlockingItemId: l.BlockingItemId, BlockedItemId: l.BlockedItemId, UserId: m.user}, ""
}

func (m *model) listLinks(req *pm.GetDependenciesRequest) (*pm.DependenciesList, string) {
	it, refusal := m.itemFor(req.WorkItemId, 1)
	if refusal != "" {
		return nil, refusal
	}
	list := &pm.DependenciesList{}
	for _, l := range m.visible() {
		if l.BlockedItemId == it.Id {
			list.Blocking = append(list.Blocking, l)
		}
		if l.BlockingItemId == it.Id {
			list.Blocked = append(list.Blocked, l)
		}
	}
	return list, ""
}

// projectOf is the project of any entity, deleted or not.
func (m *model) projectOf(kind, id string) string {
	switch kind {
	case "project":
		if m.project(id) != nil {
			return id
		}
	case "work_item":
		return m.projectOfItem(id)
	case "sprint":
		for _, s := range m.sprints {
			if s.Id == id {
				return s.ProjectId
			}
		}
	case "comment":
		for _, c := range m.comments {
			if c.Id == id {
				return m.projectOfItem(c.WorkItemId)
			}
		}
	case "time_entry":
		for _, e := range m.entries {
			if e.Id == id {
				return m.projectOfItem(e.WorkItemId)
			}
		}
	case "dependency":
		for _, l := range m.links {
			if l.Id == id {
				return m.projectOfItem(l.BlockedItemId)
			}
		}
	}
	return ""
}

func (m *model) listActivity(req *pm.GetActivityLogRequest) (*pm.ActivityLogList, string) {
	id := canonical(req.EntityId)
	kinds := strings.Fields("work_item sprint comment time_entry dependency project")
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR entity_id"
	case !slices.Contains(kinds, req.EntityType):
		return nil, "VALIDATION_ERROR entity_type"
	case m.projectOf(req.EntityType, id) == "":
		return nil, "NOT_FOUND"
	case m.level(m.projectOf(req.EntityType, id)) < 1:
		return nil, "UNAUTHORIZED"
	}
	limit, offset := int(req.Limit), max(int(req.Offset), 0)
	if limit == 0 {
		limit = 50
	}
	limit = min(max(limit, 1), 100)
	rows := m.histories[id]
	list := &pm.ActivityLogList{TotalCount: int32(len(rows)), HasMore: offset+limit < len(rows)}
	for i := len(rows) - 1 - offset; i >= 0 && len(list.Entries) < limit; i-- {
		list.Entries = append(list.Entries, rows[i])
	}
	return list, ""
}
