package board

import (
	"slices"

	"workcell/guests/board/pm"
)

// item checks the tables w and x.
func (k *checker) item(key, value []byte) {
	var row pm.WorkItem
	if !k.parse(value, &row) {
		return
	}
	id, at, ok := k.placed(key, row.Id, row.ProjectId, row.DeletedAt, countItems)
	if !ok {
		return
	}
	k.need(row.ItemNumber == at.number, "the work item has another number")
	k.need(row.Version >= 1 && row.Title != "" && row.Position >= 0, "version, title or position is missing")
	k.need(slices.Contains(statusWords, row.Status) && slices.Contains(priorityWords, row.Priority), "status or priority is no known word")
	k.need(row.AncestorIds == nil && row.DescendantIds == nil, "it holds relatives, which are derived")
	var n pm.Counter
	k.need(k.load(itemCounterKey(at.owner), &n) && int64(at.number) < n.Next, "its number is not below the project's counter")
	if row.DeletedAt != nil {
		return
	}

	k.need(k.has(projectKey(at.owner)), "the work item is live and its project is not")
	if row.AssigneeId != nil {
		user, ok := parseUUID(*row.AssigneeId)
		k.need(ok && k.has(userKey(user)), "the assignee is not known")
	}
	if row.SprintId != nil {
		sprint, ok := parseUUID(*row.SprintId)
		place, found := k.locate(&sprints, sprint)
		k.need(ok && found && place.owner == at.owner, "the sprint is none of this project")
	}
	var parent uuid
	if row.ParentId != nil {
		if parent, ok = parseUUID(*row.ParentId); !ok {
			k.problem("the parent has no valid id")
			return
		}
		k.parent(&row, at.owner, parent)
	}
	k.need(k.refersTo(siblingKey(at.owner, parent, row.Position, row.ItemNumber), id), "the work item is not in its place among its siblings")
}

// parent checks what an item stands under. Every item under one of the type above it: so the hierarchy has no circle.
func (k *checker) parent(row *pm.WorkItem, project, parent uuid) {
	at, found := k.locate(&items, parent)
	var above pm.WorkItem
	switch {
	case !found || at.owner != project || !k.load(items.liveKey(at), &above):
		k.problem("the parent is no live work item of this project")
	case !mayHold(above.ItemType, row.ItemType):
		k.problem("a work item of this type cannot stand under its parent, or stands below itself")
	}
}

func (k *checker) sibling(key, value []byte) {
	id, ok := k.ref(value)
	if !ok {
		return
	}
	position, number := siblingPlace(key)
	var row pm.WorkItem
	if !k.load(items.liveKey(place{idAfter(key, 1), number}), &row) || row.Id != id.String() {
		k.problem("it leads to no live work item of this number")
		return
	}
	var parent uuid
	if row.ParentId != nil {
		parent, _ = parseUUID(*row.ParentId)
	}
	k.need(parent == idAfter(key, 17) && row.Position == position, "the work item is in another place")
}
