package board

import (
	"math"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A timeEntry is a live time entry. One without an end is a running timer, of which a user has one at most, over all
// projects.
type timeEntry struct {
	row     pm.TimeEntry
	id      uuid
	at      place // its owner is the item
	project uuid
}

// Rules of time entries, in seconds but for the first.
const (
	maxEntryDescription = 1000 // characters
	maxEntrySpan        = 86400
	maxEntryAhead       = 60 // clocks differ
)

// lookUpEntry returns a live time entry, nil if there is none. Its item may be deleted.
func lookUpEntry(c *guest.Call, id uuid) (*timeEntry, error) {
	e := &timeEntry{id: id}
	var found bool
	var err error
	if e.at, found, err = entries.lookUp(c, id, &e.row); err != nil || !found {
		return nil, err
	}
	item, found, err := items.locate(c, e.at.owner)
	if err == nil && !found {
		err = damaged(entries.liveKey(e.at), "belongs to no work item")
	}
	e.project = item.owner
	return e, err
}

// entryToChange returns the time entry that a request names, for its owner. No role is needed, and none helps.
func entryToChange(c *guest.Call, text string) (*timeEntry, error) {
	id, err := parseID("time_entry_id", text)
	if err != nil {
		return nil, err
	}
	e, err := lookUpEntry(c, id)
	switch {
	case err != nil:
		return nil, err
	case e == nil:
		return nil, entries.notFound()
	case e.row.UserId != caller(c).String():
		return nil, guest.Refuse(abi.CodeUnauthorized, "The time entry belongs to another user")
	}
	return e, nil
}

// addEntry stores a new time entry of the caller on an item.
func addEntry(c *guest.Call, it *item, start int64, end *int64, description *string) (*timeEntry, error) {
	id, now, user := newUUID(c), c.Now(), caller(c)
	e := &timeEntry{id: id, project: it.project}
	e.row = pm.TimeEntry{
		Id: id.String(), WorkItemId: it.row.Id, UserId: user.String(), StartedAt: start, EndedAt: end, Description: description,
		CreatedAt: now, UpdatedAt: now,
	}
	if end == nil {
		store(c, timerKey(user), &pm.Ref{Id: id[:]})
	} else {
		e.row.DurationSeconds = new(duration(start, *end))
	}
	var err error
	if e.at, err = entries.add(c, it.id, id, &e.row); err == nil {
		store(c, e.startKey(), &pm.Ref{Id: id[:]})
	}
	return e, err
}

// replaceEntry stores a changed time entry. Its item and user never change.
func replaceEntry(c *guest.Call, before, after *timeEntry) {
	if before.row.StartedAt != after.row.StartedAt {
		drop(c, before.startKey())
		store(c, after.startKey(), &pm.Ref{Id: after.id[:]})
	}
	if before.row.EndedAt == nil && after.row.EndedAt != nil {
		drop(c, timerKey(caller(c)))
	}
	entries.replace(c, after.at, &after.row)
}

// removeEntry moves a time entry to the deleted ones.
func removeEntry(c *guest.Call, e *timeEntry) {
	drop(c, e.startKey())
	if e.row.EndedAt == nil {
		drop(c, timerKey(caller(c)))
	}
	entries.remove(c, e.at, &e.row)
}

// startKey returns the key of e in the order of its item's entries.
func (e *timeEntry) startKey() []byte { return startKey(e.at.owner, e.row.StartedAt, e.at.number) }

// runningTimer returns the caller's running timer, nil if there is none.
func runningTimer(c *guest.Call) (*timeEntry, error) {
	var r pm.Ref
	k := timerKey(caller(c))
	found, err := load(c, k, &r)
	if err != nil || !found {
		return nil, err
	}
	id, ok := uuidFrom(r.Id)
	if !ok {
		return nil, damaged(k, "names no time entry")
	}
	e, err := lookUpEntry(c, id)
	if err == nil && e == nil {
		err = damaged(k, "names a time entry that is not there")
	}
	return e, err
}

// endTimer ends a running timer now, stores it and adds what happened to its history. A timer whose start lies ahead of
// now, as far as it may, ends where it starts.
func endTimer(c *guest.Call, e *timeEntry) error {
	before := *e
	end := max(c.Now(), e.row.StartedAt)
	e.row.EndedAt, e.row.DurationSeconds, e.row.UpdatedAt = &end, new(duration(e.row.StartedAt, end)), c.Now()
	replaceEntry(c, &before, e)
	return addActivity(c, entries.subject(e.id), actionUpdated, entryChanges(&before.row, &e.row), projectScope(e.project))
}

// duration returns the seconds from start to end, which is not before it.
func duration(start, end int64) int32 { return int32(min(end-start, math.MaxInt32)) }

func cleanEntryDescription(c *guest.Call, s *string) (*string, error) {
	return cleanOptional(c, "description", s, maxEntryDescription, true, abi.CodeInvalidMessage)
}

// checkSpan checks the start and end of a finished entry.
func checkSpan(now, start, end int64) error {
	if err := checkStart(now, start); err != nil {
		return err
	}
	switch {
	case end > now+maxEntryAhead:
		return invalid("ended_at", "A time entry cannot end in the future")
	case start >= end:
		return invalid("started_at", "A time entry must start before it ends")
	case end-start > maxEntrySpan:
		return invalid("ended_at", "A time entry lasts at most 24 hours")
	}
	return nil
}

// checkStart checks the start of an entry, whether it has an end or not.
func checkStart(now, start int64) error {
	if start > now+maxEntryAhead {
		return invalid("started_at", "A time entry cannot start in the future")
	}
	return checkTime("started_at", start)
}

// entryChanges compares two states of a time entry. Clients do not get the list: it is only in the history.
func entryChanges(before, after *pm.TimeEntry) (list changes) {
	list.compareText("started_at", timeText(before.StartedAt), timeText(after.StartedAt))
	list.compare("ended_at", optionalTimeText(before.EndedAt), optionalTimeText(after.EndedAt))
	list.compare("description", before.Description, after.Description)
	return list
}
