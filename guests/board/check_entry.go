package board

import "workcell/guests/board/pm"

// entry checks the tables y and Y.
func (k *checker) entry(key, value []byte) {
	var row pm.TimeEntry
	if !k.parse(value, &row) {
		return
	}
	id, at, ok := k.placed(key, row.Id, row.WorkItemId, row.DeletedAt, countEntries)
	if !ok {
		return
	}
	user, ok := parseUUID(row.UserId)
	k.need(ok, "the time entry has no user")
	k.need(k.has(items.locatorKey(at.owner)), "the time entry belongs to no work item")
	switch {
	case row.EndedAt == nil:
		k.need(row.DurationSeconds == nil, "the timer runs and has a duration")
	case *row.EndedAt < row.StartedAt:
		k.problem("the time entry ends before it starts")
	default:
		k.need(row.DurationSeconds != nil && *row.DurationSeconds == duration(row.StartedAt, *row.EndedAt), "the duration is not that from start to end")
	}
	if row.DeletedAt != nil {
		return
	}
	k.need(k.refersTo(startKey(at.owner, row.StartedAt, at.number), id), "the time entry is not in its place in the order of starts")
	if row.EndedAt == nil {
		k.need(k.refersTo(timerKey(user), id), "the timer runs and is not its user's running timer")
	}
}

func (k *checker) started(key, value []byte) {
	id, ok := k.ref(value)
	if !ok {
		return
	}
	var row pm.TimeEntry
	at := place{idAfter(key, 1), int32(lastUint32(key, 4))}
	k.need(k.load(entries.liveKey(at), &row) && row.Id == id.String() && string(startKey(at.owner, row.StartedAt, at.number)) == string(key),
		"it leads to no live time entry with this start and number")
}

func (k *checker) timer(key, value []byte) {
	id, ok := k.ref(value)
	if !ok {
		return
	}
	at, found := k.locate(&entries, id)
	var row pm.TimeEntry
	k.need(found && k.load(entries.liveKey(at), &row) && row.EndedAt == nil && row.UserId == idAfter(key, 1).String(),
		"it names no live, running timer of the user")
}
