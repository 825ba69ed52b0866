package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// createEntry stores a finished time entry of the caller.
func createEntry(c *guest.Call) error {
	var req pm.CreateTimeEntryRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	if err := checkSpan(c.Now(), req.StartedAt, req.EndedAt); err != nil {
		return err
	}
	description, err := cleanEntryDescription(c, req.Description)
	if err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, editor)
	if err != nil {
		return err
	}

	e, err := addEntry(c, it, req.StartedAt, &req.EndedAt, description)
	if err != nil {
		return err
	}
	if err := addActivity(c, entries.subject(e.id), actionCreated, nil, projectScope(e.project)); err != nil {
		return err
	}
	publish(c, eventEntryCreated, &pm.TimeEntryCreated{TimeEntry: &e.row, UserId: e.row.UserId}, projectScope(e.project))
	return nil
}
