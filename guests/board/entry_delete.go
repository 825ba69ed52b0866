package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteEntry removes a time entry from sight, a running timer too.
func deleteEntry(c *guest.Call) error {
	var req pm.DeleteTimeEntryRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	e, err := entryToChange(c, req.TimeEntryId)
	if err != nil {
		return err
	}

	e.row.DeletedAt = new(c.Now())
	removeEntry(c, e)
	scope := projectScope(e.project)
	if err := addActivity(c, entries.subject(e.id), actionDeleted, nil, scope); err != nil {
		return err
	}
	m := &pm.TimeEntryDeleted{TimeEntryId: e.row.Id, WorkItemId: e.row.WorkItemId, UserId: e.row.UserId}
	publish(c, eventEntryDeleted, m, scope)
	return nil
}
