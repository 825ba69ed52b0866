package board

import "workcell/guests/board/pm"

// dependency checks the tables d and D.
func (k *checker) dependency(key, value []byte) {
	var row pm.Dependency
	if !k.parse(value, &row) {
		return
	}
	_, at, ok := k.placed(key, row.Id, idAfter(key, 1).String(), row.DeletedAt, countDependencies)
	if !ok {
		return
	}
	k.need(k.projectExists(at.owner), "the dependency belongs to no project")
	k.need(row.DependencyType == pm.DependencyType_BLOCKS || row.DependencyType == pm.DependencyType_RELATES_TO, "the type is unknown")
	blocking, ok := parseUUID(row.BlockingItemId)
	blocked, also := parseUUID(row.BlockedItemId)
	from, found := k.locate(&items, blocking)
	to, foundToo := k.locate(&items, blocked)
	if !ok || !also || !found || !foundToo || blocking == blocked || from.owner != at.owner || to.owner != at.owner {
		k.problem("it does not link two work items of the project")
		return
	}
	if row.DeletedAt != nil {
		return
	}
	want := pm.Link{Number: at.number, Blocks: row.DependencyType == pm.DependencyType_BLOCKS}
	k.need(k.isLink(outgoingKey(blocking, blocked), want), "the blocking work item does not have it")
	k.need(k.isLink(incomingKey(blocked, blocking), want), "the blocked work item does not have it")
	// Round a circle, numbers cannot always rise: looking from the links where they fall finds them all.
	if want.Blocks && from.number > to.number && k.has(items.liveKey(from)) {
		way, followed, err := wayBetween(k.c, blocked, blocking)
		k.reads += followed
		k.need(err != nil || way == nil, "it closes a circle of blocking work items")
	}
}

// isLink reports whether another record is an end of a dependency.
func (k *checker) isLink(key []byte, want pm.Link) bool {
	var l pm.Link
	return k.load(key, &l) && l.Number == want.Number && l.Blocks == want.Blocks
}

// link checks the tables f and j.
func (k *checker) link(key, value []byte) {
	var l pm.Link
	if !k.parse(value, &l) {
		return
	}
	blocking, blocked := idAfter(key, 1), idAfter(key, 17)
	if key[0] == 'j' {
		blocking, blocked = blocked, blocking
	}
	at, found := k.locate(&items, blocking)
	var row pm.Dependency
	k.need(found && k.load(dependencies.liveKey(place{at.owner, l.Number}), &row) &&
		row.BlockingItemId == blocking.String() && row.BlockedItemId == blocked.String() &&
		l.Blocks == (row.DependencyType == pm.DependencyType_BLOCKS), "it leads to no live dependency of these work items")
}
