package board

import (
	"slices"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// Epics hold stories and stories hold tasks. An item's ancestors and descendants are derived from the parent in its
// record, here by walking from one item, in tree.go for a whole project. Both ways go through live items of one project
// only, and visit each once: data from elsewhere may be cyclic.

// maxLevels bounds the number of ancestors.
const maxLevels = 100

// mayHold reports whether an item of type child may stand under one of type parent.
func mayHold(parent, child pm.WorkItemType) bool {
	return child == pm.WorkItemType_STORY && parent == pm.WorkItemType_EPIC ||
		child == pm.WorkItemType_TASK && parent == pm.WorkItemType_STORY
}

// findParent returns the item under which one of type child is to stand, or refuses.
func findParent(c *guest.Call, project, parent uuid, child pm.WorkItemType) (*item, error) {
	p, err := lookUpItem(c, parent)
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, invalid("parent_id", "The parent was not found")
	case p.project != project:
		return nil, invalid("parent_id", "The parent belongs to another project")
	case child == pm.WorkItemType_EPIC:
		return nil, invalid("parent_id", "An epic has no parent")
	case !mayHold(p.row.ItemType, child):
		return nil, invalid("parent_id", "A story belongs under an epic and a task under a story")
	}
	return p, nil
}

// parentOf returns the live parent of it in the same project, nil if there is none.
func parentOf(c *guest.Call, it *item) (*item, error) {
	if it.parent == (uuid{}) {
		return nil, nil
	}
	p, err := lookUpItem(c, it.parent)
	if err != nil || p == nil || p.project != it.project {
		return nil, err
	}
	return p, nil
}

// lineage returns the ancestors of the item self, whose parent is given, nearest first. It reports whether it came to
// the top: it ends early before it would meet an item twice or go above maxLevels.
func lineage(c *guest.Call, self uuid, parent *item) (ids []uuid, top bool, err error) {
	for at := parent; at != nil; {
		if at.id == self || len(ids) == maxLevels || slices.Contains(ids, at.id) {
			return ids, false, nil
		}
		ids = append(ids, at.id)
		if at, err = parentOf(c, at); err != nil {
			return nil, false, err
		}
	}
	return ids, true, nil
}

// descendants returns what is below an item: children in their order, then grandchildren, and so on.
func descendants(c *guest.Call, project, self uuid) (ids []uuid, err error) {
	met := map[uuid]bool{self: true}
	visit := func(key, value []byte) error {
		var ref pm.Ref
		if err := decode(key, value, &ref); err != nil {
			return err
		}
		id, ok := uuidFrom(ref.Id)
		if !ok {
			return damaged(key, "names no item")
		}
		if !met[id] {
			met[id] = true
			ids = append(ids, id)
		}
		return nil
	}
	ids = append(ids, self)
	for at := 0; at < len(ids); at++ {
		children := all(key('c', project, ids[at]))
		children.Reverse = true // from the first to the last
		if err := eachOf(c, children, visit); err != nil {
			return nil, err
		}
	}
	return ids[1:], nil
}

// itemMessage returns a stored item as clients get it.
func itemMessage(c *guest.Call, it *item) (*pm.WorkItem, error) {
	parent, err := parentOf(c, it)
	if err != nil {
		return nil, err
	}
	above, _, err := lineage(c, it.id, parent)
	if err != nil {
		return nil, err
	}
	below, err := descendants(c, it.project, it.id)
	if err != nil {
		return nil, err
	}
	m := it.row
	m.AncestorIds, m.DescendantIds = uuidTexts(above), uuidTexts(below)
	return &m, nil
}
