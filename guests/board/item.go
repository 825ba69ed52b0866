package board

import (
	"math"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// An item is a live work item: its record, and the ids that the record holds as text.
type item struct {
	row     pm.WorkItem // without ancestors and descendants
	id      uuid
	project uuid
	parent  uuid // zero at the top level
}

// lookUpItem returns a live item, nil if there is none.
func lookUpItem(c *guest.Call, id uuid) (*item, error) {
	it := &item{id: id}
	at, found, err := items.lookUp(c, id, &it.row)
	if err != nil || !found {
		return nil, err
	}
	it.project = at.owner
	if it.row.ParentId != nil {
		var ok bool
		if it.parent, ok = parseUUID(*it.row.ParentId); !ok {
			return nil, damaged(items.liveKey(at), "names no valid parent")
		}
	}
	return it, nil
}

// findItem returns a live item or refuses.
func findItem(c *guest.Call, id uuid) (*item, error) {
	it, err := lookUpItem(c, id)
	if err == nil && it == nil {
		err = items.notFound()
	}
	return it, err
}

// itemFor returns the live item that a request names, for a user with a role in its project.
func itemFor(c *guest.Call, text string, needed role) (*item, error) {
	id, err := parseID("work_item_id", text)
	if err != nil {
		return nil, err
	}
	it, err := findItem(c, id)
	if err != nil {
		return nil, err
	}
	return it, require(c, it.project, needed)
}

// insertItem stores a new item.
func insertItem(c *guest.Call, it *item) {
	items.insert(c, it.place(), it.id, &it.row)
	store(c, it.siblingKey(), &pm.Ref{Id: it.id[:]})
}

// replaceItem stores a changed item. Its project and number never change.
func replaceItem(c *guest.Call, before, after *item) {
	if before.parent != after.parent || before.row.Position != after.row.Position {
		drop(c, before.siblingKey())
		store(c, after.siblingKey(), &pm.Ref{Id: after.id[:]})
	}
	items.replace(c, after.place(), &after.row)
}

// removeItem moves an item to the deleted ones.
func removeItem(c *guest.Call, it *item) {
	drop(c, it.siblingKey())
	items.remove(c, it.place(), &it.row)
}

func (it *item) place() place { return place{it.project, it.row.ItemNumber} }

// siblingKey returns the key of it in the order of its siblings.
func (it *item) siblingKey() []byte {
	return siblingKey(it.project, it.parent, it.row.Position, it.row.ItemNumber)
}

// nextPosition returns the position behind all live children of parent, or behind all top-level items.
func nextPosition(c *guest.Call, project, parent uuid) (int32, error) {
	last := firstKey(c, key('c', project, parent))
	if last == nil {
		return 1, nil
	}
	position, _ := siblingPlace(last)
	if position == math.MaxInt32 {
		return 0, guest.Refuse(abi.CodeConflict,
			"There is no place behind position 2147483647, which one of the items beside this one has; move that one first")
	}
	return position + 1, nil
}
