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
	var at pm.Locator
	found, err := load(c, locatorKey(id), &at)
	if err != nil || !found {
		return nil, err
	}
	it := &item{id: id}
	var ok bool
	if it.project, ok = uuidFrom(at.ProjectId); !ok {
		return nil, damaged(locatorKey(id), "names no project")
	}
	key := itemKey(it.project, at.ItemNumber)
	if found, err = load(c, key, &it.row); err != nil || !found {
		return nil, err
	}
	if it.row.ParentId != nil {
		if it.parent, ok = parseUUID(*it.row.ParentId); !ok {
			return nil, damaged(key, "names no valid parent")
		}
	}
	return it, nil
}

// findItem returns a live item or refuses.
func findItem(c *guest.Call, id uuid) (*item, error) {
	it, err := lookUpItem(c, id)
	if err == nil && it == nil {
		err = guest.Refuse(abi.CodeNotFound, "The work item was not found")
	}
	return it, err
}

// insertItem stores a new item.
func insertItem(c *guest.Call, it *item) {
	store(c, locatorKey(it.id), &pm.Locator{ProjectId: it.project[:], ItemNumber: it.row.ItemNumber})
	store(c, it.siblingKey(), &pm.Ref{Id: it.id[:]})
	store(c, itemKey(it.project, it.row.ItemNumber), &it.row)
}

// replaceItem stores a changed item. Its project and number never change.
func replaceItem(c *guest.Call, before, after *item) {
	if before.parent != after.parent || before.row.Position != after.row.Position {
		drop(c, before.siblingKey())
		store(c, after.siblingKey(), &pm.Ref{Id: after.id[:]})
	}
	store(c, itemKey(after.project, after.row.ItemNumber), &after.row)
}

// removeItem moves an item to the deleted ones.
func removeItem(c *guest.Call, it *item) {
	drop(c, it.siblingKey())
	drop(c, itemKey(it.project, it.row.ItemNumber))
	store(c, deletedItemKey(it.project, it.row.ItemNumber), &it.row)
}

// siblingKey returns the key of it in the order of its siblings.
func (it *item) siblingKey() []byte {
	return siblingKey(it.project, it.parent, it.row.Position, it.row.ItemNumber)
}

// nextPosition returns the position behind all live children of parent, or behind all top-level items.
func nextPosition(c *guest.Call, project, parent uuid) (int32, error) {
	last := lastKey(c, key('c', project, parent))
	if last == nil {
		return 1, nil
	}
	position := int32(lastUint32(last, 8))
	if position == math.MaxInt32 {
		return 0, guest.Refuse(abi.CodeConflict,
			"There is no place behind position 2147483647, which one of the items beside this one has; move that one first")
	}
	return position + 1, nil
}
