package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// updateEntry sets what the request sent of a time entry. A request that sends something counts as a change even if it is
// what is stored; without any field nothing is stored and nobody is told.
func updateEntry(c *guest.Call) error {
	var req pm.UpdateTimeEntryRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	before, err := entryToChange(c, req.TimeEntryId)
	if err != nil {
		return err
	}
	after := *before
	if err := applyToEntry(c, &after.row, &req); err != nil {
		return err
	}

	reply := &pm.TimeEntryUpdated{TimeEntry: &after.row, UserId: after.row.UserId}
	if req.StartedAt == nil && req.EndedAt == nil && req.Description == nil {
		c.Reply(encode(reply))
		return nil
	}
	after.row.UpdatedAt = c.Now()
	replaceEntry(c, before, &after)
	scope := projectScope(after.project)
	if err := addActivity(c, entries.subject(after.id), actionUpdated, entryChanges(&before.row, &after.row), scope); err != nil {
		return err
	}
	publish(c, eventEntryUpdated, reply, scope)
	return nil
}

// applyToEntry checks the fields that were sent, in the order in which their errors win, and sets them in row.
func applyToEntry(c *guest.Call, row *pm.TimeEntry, req *pm.UpdateTimeEntryRequest) error {
	if req.Description != nil && (row.Description == nil || *req.Description != *row.Description) {
		description, err := cleanEntryDescription(c, req.Description)
		if err != nil {
			return err
		}
		row.Description = description
	}
	if req.StartedAt != nil {
		row.StartedAt = *req.StartedAt
	}
	if req.EndedAt != nil {
		row.EndedAt = req.EndedAt
	}
	switch {
	case req.StartedAt == nil && req.EndedAt == nil && req.Description == nil:
		return nil
	case row.EndedAt == nil:
		return checkStart(c.Now(), row.StartedAt)
	}
	if err := checkSpan(c.Now(), row.StartedAt, *row.EndedAt); err != nil {
		return err
	}
	row.DurationSeconds = new(duration(row.StartedAt, *row.EndedAt))
	return nil
}
