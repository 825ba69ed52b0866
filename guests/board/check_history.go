package board

import "workcell/guests/board/pm"

// longestCall is how many seconds may pass at most between the beginning of a call and its commit: no handler.timeout_secs
// is longer. Rows stand in the order of the commits and tell when their calls began, which may be another order.
const longestCall = 300

// activity checks the table a.
func (k *checker) activity(key, value []byte) {
	k.counts[countRows]++
	s, n := subject{entityKind(key[1]), idAfter(key, 2)}, int64(lastUint32(key, 8))<<32|int64(lastUint32(key, 4))
	before, was := k.row, k.rowN
	if k.rowS != s {
		before = nil
	}
	row := &pm.ActivityLogEntry{}
	if !k.parse(value, row) {
		k.row = nil
		return
	}
	k.row, k.rowN, k.rowS = row, n, s

	known := int(s.kind) < len(entityWords) && s.kind > 0
	k.need(known && row.EntityType == entityWords[s.kind] && row.EntityId == s.id.String(), "the row tells of another entity")
	k.need((n == 0) == (row.Action == actionCreated) && (n == 0 || row.Action == actionUpdated || row.Action == actionDeleted),
		"a history begins with the creation, and it alone")
	_, ok := parseUUID(row.Id)
	k.need(ok, "the row has no valid id")
	var rows pm.History
	if !k.load(historyKey(s), &rows) || n < rows.First || n >= rows.Next {
		k.problem("the entity's history does not count this row")
		return
	}
	if n == rows.First {
		return
	}
	if before == nil || was != n-1 {
		before = &pm.ActivityLogEntry{}
		if !k.load(activityKey(s, n-1), before) {
			k.problem("the row before is missing")
			return
		}
	}
	k.need(before.Timestamp <= row.Timestamp+longestCall, "the row before is of a later time")
	k.need(before.Action != actionDeleted, "the entity was deleted before")
}

// history checks the table h.
func (k *checker) history(key, value []byte) {
	var rows pm.History
	if !k.parse(value, &rows) {
		return
	}
	s := subject{entityKind(key[1]), idAfter(key, 2)}
	live, deleted := k.states(s)
	k.need(live || deleted, "it is the history of nothing")
	if rows.First < 0 || rows.Next < 1 || rows.First > rows.Next {
		k.problem("its numbers are out of range")
		return
	}
	if rows.First == rows.Next {
		return // all of it is older than what is kept
	}
	var last pm.ActivityLogEntry
	k.need(k.has(activityKey(s, rows.First)), "its first row is missing")
	if !k.load(activityKey(s, rows.Next-1), &last) {
		k.problem("its last row is missing")
		return
	}
	k.need((last.Action == actionDeleted) == !live, "its last row and the state of the entity do not fit")
}

// states reports whether an entity is live and whether it is deleted.
func (k *checker) states(s subject) (live, deleted bool) {
	if s.kind == kindProject {
		return k.has(projectKey(s.id)), k.has(deletedProjectKey(s.id))
	}
	if s.kind == 0 || int(s.kind) >= len(tables) {
		return false, false
	}
	t := tables[s.kind]
	at, found := k.locate(t, s.id)
	if !found {
		return false, false
	}
	return k.has(t.liveKey(at)), k.has(t.deletedKey(at))
}
