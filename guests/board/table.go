package board

import (
	"math"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A table holds the entities of one kind. Each belongs to an owner, a project or a work item, and has a number there,
// which grows in the order of creation and is never given again. The live ones of an owner lie together, in that order,
// so that a list is one scan; the deleted ones lie elsewhere.
type table struct {
	kind entityKind
	name string // for refusals
	// Letters of keys: where an entity is, the live ones, the deleted ones.
	byID, live, deleted byte
}

var (
	items        = table{kindWorkItem, "work item", 'i', 'w', 'x'}
	sprints      = table{kindSprint, "sprint", 's', 't', 'T'}
	comments     = table{kindComment, "comment", 'r', 'g', 'G'}
	entries      = table{kindTimeEntry, "time entry", 'e', 'y', 'Y'}
	dependencies = table{kindDependency, "dependency", 'l', 'd', 'D'}
)

// tables holds the tables by the kind of what they hold. Projects have none.
var tables = [...]*table{
	kindWorkItem: &items, kindSprint: &sprints, kindComment: &comments, kindTimeEntry: &entries, kindDependency: &dependencies,
}

// A place is where an entity is kept.
type place struct {
	owner  uuid
	number int32
}

func (t *table) locatorKey(id uuid) []byte { return key(t.byID, id) }
func (t *table) liveKey(at place) []byte {
	return appendUint32(key(t.live, at.owner), uint32(at.number))
}

func (t *table) deletedKey(at place) []byte {
	return appendUint32(key(t.deleted, at.owner), uint32(at.number))
}
func (t *table) subject(id uuid) subject { return subject{t.kind, id} }

// locate returns where an entity is, live or deleted.
func (t *table) locate(c *guest.Call, id uuid) (at place, found bool, err error) {
	var l pm.Locator
	k := t.locatorKey(id)
	if found, err = load(c, k, &l); err != nil || !found {
		return place{}, false, err
	}
	owner, ok := uuidFrom(l.OwnerId)
	if !ok {
		return place{}, false, damaged(k, "names no owner")
	}
	return place{owner, l.Number}, true, nil
}

// lookUp reads a live entity into r, which must be empty.
func (t *table) lookUp(c *guest.Call, id uuid, r record) (at place, found bool, err error) {
	at, found, err = t.locate(c, id)
	if err != nil || !found {
		return place{}, false, err
	}
	found, err = load(c, t.liveKey(at), r)
	return at, found, err
}

// find is lookUp for an entity that must be there, or the call is refused.
func (t *table) find(c *guest.Call, id uuid, r record) (place, error) {
	at, found, err := t.lookUp(c, id, r)
	if err == nil && !found {
		err = t.notFound()
	}
	return at, err
}

func (t *table) notFound() error { return notFound(t.name) }

func notFound(what string) error { return guest.Refuse(abi.CodeNotFound, "The "+what+" was not found") }

// isLive reports whether an entity exists and is not deleted.
func (t *table) isLive(c *guest.Call, id uuid) (bool, error) {
	at, found, err := t.locate(c, id)
	return found && has(c, t.liveKey(at)), err
}

// add stores a new entity behind all others of its owner.
func (t *table) add(c *guest.Call, owner, id uuid, r record) (place, error) {
	last := int32(0)
	for _, letter := range [...]byte{t.live, t.deleted} {
		if k := lastKey(c, key(letter, owner)); k != nil {
			last = max(last, int32(lastUint32(k, 4)))
		}
	}
	if last == math.MaxInt32 {
		return place{}, guest.Refuse(abi.CodeConflict, "There are too many of this kind: the last number, 2147483647, is taken")
	}
	at := place{owner, last + 1}
	t.insert(c, at, id, r)
	return at, nil
}

// insert stores a new entity at a place that was never taken.
func (t *table) insert(c *guest.Call, at place, id uuid, r record) {
	store(c, t.locatorKey(id), &pm.Locator{OwnerId: at.owner[:], Number: at.number})
	store(c, t.liveKey(at), r)
}

// replace stores a changed entity.
func (t *table) replace(c *guest.Call, at place, r record) { store(c, t.liveKey(at), r) }

// remove moves an entity to the deleted ones, as r says it is now.
func (t *table) remove(c *guest.Call, at place, r record) {
	drop(c, t.liveKey(at))
	store(c, t.deletedKey(at), r)
}
