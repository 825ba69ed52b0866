package board

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"workcell/guests/board/pm"
)

// projectOfItem is the project of an item, deleted or not.
func (m *model) projectOfItem(id string) string {
	for _, it := range m.items {
		if it.Id == id {
			return it.ProjectId
		}
	}
	return ""
}

func modelEntryText(s *string) string {
	if s != nil && utf8.RuneCountInString(strings.TrimSpace(*s)) > 1000 {
		return "INVALID_MESSAGE description"
	}
	return ""
}

func (m *model) span(start, end int64) string {
	switch {
	case start > m.now+60:
		return "VALIDATION_ERROR started_at"
	case end > m.now+60:
		return "VALIDATION_ERROR ended_at"
	case start >= end:
		return "VALIDATION_ERROR started_at"
	case end-start > 86400:
		return "VALIDATION_ERROR ended_at"
	}
	return ""
}

func (m *model) running() *pm.TimeEntry {
	for _, e := range m.entries {
		if e.UserId == m.user && e.EndedAt == nil && e.DeletedAt == nil {
			return e
		}
	}
	return nil
}

// stop ends a running timer now.
func (m *model) stop(e *pm.TimeEntry) *pm.TimeEntry {
	end := max(m.now, e.StartedAt)
	e.EndedAt, e.DurationSeconds, e.UpdatedAt = &end, new(int32(end-e.StartedAt)), m.now
	list := []*pm.FieldChange{change("ended_at", nil, modelTime(&end))}
	m.note("time_entry", e.Id, "updated", list, modelScope(m.projectOfItem(e.WorkItemId)))
	sent := *e
	return &sent
}

func (m *model) startTimer(req *pm.StartTimerRequest) (*pm.TimerStarted, string) {
	if refusal := modelEntryText(req.Description); refusal != "" {
		return nil, refusal
	}
	it, refusal := m.itemFor(req.WorkItemId, 2)
	if refusal != "" {
		return nil, refusal
	}
	reply := &pm.TimerStarted{UserId: m.user}
	if e := m.running(); e != nil {
		reply.StoppedEntry = m.stop(e)
		if elsewhere := m.projectOfItem(e.WorkItemId); elsewhere != it.ProjectId {
			m.tell(121, modelScope(elsewhere))
			m.told[len(m.told)-1].payload = (&pm.TimerStopped{TimeEntry: reply.StoppedEntry, UserId: m.user}).Append(nil)
		}
	}
	e := &pm.TimeEntry{
		Id: m.fresh, WorkItemId: it.Id, UserId: m.user, StartedAt: m.now, Description: trimmed(req.Description),
		CreatedAt: m.now, UpdatedAt: m.now,
	}
	m.entries = append(m.entries, e)
	m.note("time_entry", e.Id, "created", nil, modelScope(it.ProjectId))
	m.tell(120, modelScope(it.ProjectId))
	sent := *e
	reply.TimeEntry = &sent
	return reply, ""
}

// ownEntry is the time entry that a request names.
func (m *model) ownEntry(text string) (*pm.TimeEntry, string) {
	id := canonical(text)
	i := slices.IndexFunc(m.entries, func(e *pm.TimeEntry) bool { return e.Id == id && e.DeletedAt == nil })
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR time_entry_id"
	case i < 0:
		return nil, "NOT_FOUND"
	case m.entries[i].UserId != m.user:
		return nil, "UNAUTHORIZED"
	}
	return m.entries[i], ""
}

func (m *model) stopTimer(req *pm.StopTimerRequest) (*pm.TimerStopped, string) {
	e, refusal := m.ownEntry(req.TimeEntryId)
	switch {
	case refusal != "":
		return nil, refusal
	case e.EndedAt != nil:
		return nil, "VALIDATION_ERROR time_entry_id"
	}
	sent := m.stop(e)
	m.tell(121, modelScope(m.projectOfItem(e.WorkItemId)))
	return &pm.TimerStopped{TimeEntry: sent, UserId: m.user}, ""
}

func (m *model) createEntry(req *pm.CreateTimeEntryRequest) (*pm.TimeEntryCreated, string) {
	if refusal := m.span(req.StartedAt, req.EndedAt); refusal != "" {
		return nil, refusal
	}
	if refusal := modelEntryText(req.Description); refusal != "" {
		return nil, refusal
	}
	it, refusal := m.itemFor(req.WorkItemId, 2)
	if refusal != "" {
		return nil, refusal
	}
	e := &pm.TimeEntry{
		Id: m.fresh, WorkItemId: it.Id, UserId: m.user, StartedAt: req.StartedAt, EndedAt: &req.EndedAt,
		DurationSeconds: new(int32(req.EndedAt - req.StartedAt)), Description: trimmed(req.Description), CreatedAt: m.now, UpdatedAt: m.now,
	}
	m.entries = append(m.entries, e)
	m.note("time_entry", e.Id, "created", nil, modelScope(it.ProjectId))
	m.tell(122, modelScope(it.ProjectId))
	sent := *e
	return &pm.TimeEntryCreated{TimeEntry: &sent, UserId: m.user}, ""
}

func (m *model) updateEntry(req *pm.UpdateTimeEntryRequest) (*pm.TimeEntryUpdated, string) {
	e, refusal := m.ownEntry(req.TimeEntryId)
	if refusal != "" {
		return nil, refusal
	}
	if refusal := modelEntryText(req.Description); refusal != "" {
		return nil, refusal
	}
	if req.StartedAt == nil && req.EndedAt == nil && req.Description == nil {
		sent := *e
		return &pm.TimeEntryUpdated{TimeEntry: &sent, UserId: m.user}, ""
	}
	after := *e
	if req.StartedAt != nil {
		after.StartedAt = *req.StartedAt
	}
	if req.EndedAt != nil {
		after.EndedAt = req.EndedAt
	}
	if req.Description != nil {
		after.Description = trimmed(req.Description)
	}
	if after.EndedAt == nil && after.StartedAt > m.now+60 {
		return nil, "VALIDATION_ERROR started_at"
	}
	if after.EndedAt != nil {
		if refusal := m.span(after.StartedAt, *after.EndedAt); refusal != "" {
			return nil, refusal
		}
		after.DurationSeconds = new(int32(*after.EndedAt - after.StartedAt))
	}
	after.UpdatedAt = m.now

	var list []*pm.FieldChange
	if after.StartedAt != e.StartedAt {
		list = append(list, change("started_at", modelTime(&e.StartedAt), modelTime(&after.StartedAt)))
	}
	if textOf(modelTime(after.EndedAt)) != textOf(modelTime(e.EndedAt)) {
		list = append(list, change("ended_at", modelTime(e.EndedAt), modelTime(after.EndedAt)))
	}
	if req.Description != nil && (e.Description == nil || *e.Description != *after.Description) {
		list = append(list, change("description", e.Description, after.Description))
	}
	*e = after
	m.note("time_entry", e.Id, "updated", list, modelScope(m.projectOfItem(e.WorkItemId)))
	m.tell(123, modelScope(m.projectOfItem(e.WorkItemId)))
	return &pm.TimeEntryUpdated{TimeEntry: &after, UserId: m.user}, ""
}

func (m *model) deleteEntry(req *pm.DeleteTimeEntryRequest) (*pm.TimeEntryDeleted, string) {
	e, refusal := m.ownEntry(req.TimeEntryId)
	if refusal != "" {
		return nil, refusal
	}
	e.DeletedAt = new(m.now)
	m.note("time_entry", e.Id, "deleted", nil, modelScope(m.projectOfItem(e.WorkItemId)))
	m.tell(124, modelScope(m.projectOfItem(e.WorkItemId)))
	return &pm.TimeEntryDeleted{TimeEntryId: e.Id, WorkItemId: e.WorkItemId, UserId: m.user}, ""
}

func (m *model) listEntries(req *pm.GetTimeEntriesRequest) (*pm.TimeEntriesList, string) {
	it, refusal := m.itemFor(req.WorkItemId, 1)
	if refusal != "" {
		return nil, refusal
	}
	var all []*pm.TimeEntry
	for _, e := range slices.Backward(m.entries) {
		if e.WorkItemId == it.Id && e.DeletedAt == nil {
			all = append(all, e)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].StartedAt > all[j].StartedAt })
	limit, offset := 100, 0
	if req.Limit != nil {
		limit = min(max(int(*req.Limit), 1), 500)
	}
	if req.Offset != nil {
		offset = max(int(*req.Offset), 0)
	}
	list := &pm.TimeEntriesList{TotalCount: int32(len(all))}
	for i := offset; i < len(all) && i < offset+limit; i++ {
		list.TimeEntries = append(list.TimeEntries, all[i])
	}
	return list, ""
}

func (m *model) runningTimer() *pm.RunningTimerResponse {
	return &pm.RunningTimerResponse{TimeEntry: m.running()}
}
