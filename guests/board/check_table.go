package board

import "workcell/guests/board/pm"

// tableWith returns the table that a letter belongs to.
func tableWith(letter byte) *table {
	for _, t := range tables {
		if t != nil && (letter == t.byID || letter == t.live || letter == t.deleted) {
			return t
		}
	}
	return nil
}

// locator checks the tables i, s, r, e and l.
func (k *checker) locator(key, value []byte) {
	var l pm.Locator
	if !k.parse(value, &l) {
		return
	}
	owner, ok := uuidFrom(l.OwnerId)
	if !ok || l.Number < 1 {
		k.problem("it says no place")
		return
	}
	t, id, at := tableWith(key[0]), idAfter(key, 1), place{owner, l.Number}
	live, deleted := k.hasID(t.liveKey(at), id), k.hasID(t.deletedKey(at), id)
	k.need(live || deleted, "the "+t.name+" is not where it should be")
	k.need(!live || !deleted, "the "+t.name+" is both live and deleted")
	k.need(k.has(historyKey(t.subject(id))), "the "+t.name+" has no history")
}

// placed checks what is the same in all tables of live and deleted entities, of which id, owner and deletion are told as
// the record has them. It returns the id, and whether the rest can be checked.
func (k *checker) placed(key []byte, text, owner string, deletedAt *int64, counted int) (id uuid, at place, ok bool) {
	t := tableWith(key[0])
	live := key[0] == t.live
	if live {
		k.counts[counted]++
	} else {
		k.counts[countDeleted]++
	}
	at = place{idAfter(key, 1), int32(lastUint32(key, 4))}
	if id, ok = parseUUID(text); !ok || text != id.String() {
		k.problem("the " + t.name + " has no valid id")
		return id, at, false
	}
	k.need(owner == at.owner.String(), "the "+t.name+" belongs elsewhere")
	k.need((deletedAt == nil) == live, "deleted_at does not fit to the table it is in")
	where, found := k.locate(t, id)
	k.need(found && where == at, "the "+t.name+" is not found by its id")
	return id, at, true
}
