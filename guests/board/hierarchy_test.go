package board

import (
	"testing"

	"pgregory.net/rapid"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func TestMayHold(t *testing.T) {
	types := []pm.WorkItemType{0, 1, epic, story, task, 5}
	allowed := map[[2]pm.WorkItemType]bool{{epic, story}: true, {story, task}: true}
	for _, parent := range types {
		for _, child := range types {
			if got := mayHold(parent, child); got != allowed[[2]pm.WorkItemType{parent, child}] {
				t.Errorf("mayHold(%d, %d) = %v", parent, child, got)
			}
		}
	}
}

// rawItem stores an item under any parent, as an import of old data might.
func rawItem(c *guest.Call, project uuid, n int32, id, parent uuid) {
	it := &item{id: id, project: project, parent: parent}
	it.row = pm.WorkItem{Id: id.String(), ItemType: task, ProjectId: project.String(), Position: n % 3, ItemNumber: n, Version: 1, Title: "T", Status: "todo", Priority: "low"}
	if parent != (uuid{}) {
		it.row.ParentId = new(parent.String())
	}
	insertItem(c, it)
}

// Whatever the parents are, loops and strangers among them: a list tells the same of each item as an update of it.
func TestWalkingAndListingAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		project := w.project("P", "PP")
		ids := make([]uuid, rapid.IntRange(1, 12).Draw(t, "items"))
		w.raw(func(c *guest.Call) {
			for i := range ids {
				ids[i] = newUUID(c)
			}
			for i := range ids {
				parents := append([]uuid{{}, id16(unknownID)}, ids...)
				rawItem(c, id16(project), int32(i+1), ids[i], rapid.SampledFrom(parents).Draw(t, "parent"))
			}
		})
		items := w.list(project)
		same(t, "items", len(items), len(ids))
		for _, it := range items {
			var reply pm.WorkItemUpdated
			w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1}, &reply)
			same(t, "item", reply.WorkItem, it)
		}
	})
}

func TestHierarchyIsBounded(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	ids := make([]uuid, 120)
	w.raw(func(c *guest.Call) {
		for i := range ids {
			ids[i] = newUUID(c)
			parent := uuid{}
			if i > 0 {
				parent = ids[i-1]
			}
			rawItem(c, id16(project), int32(i+1), ids[i], parent)
		}
		// The chain ends in a story, under which a task could go if it were not that deep.
		it, err := lookUpItem(c, ids[119])
		if err != nil {
			t.Fatal(err)
		}
		it.row.ItemType = story
		replaceItem(c, it, it)
		rawItem(c, id16(project), 200, newUUID(c), uuid{})
		store(c, itemCounterKey(id16(project)), &pm.Counter{Next: 201})
	})
	var loose *pm.WorkItem
	for _, it := range w.list(project) {
		if it.ItemNumber == 120 {
			same(t, "ancestors in a list", len(it.AncestorIds), 100)
		}
		if it.ItemNumber == 200 {
			loose = it
		}
	}
	deep := ids[119].String()
	same(t, "moving below it", w.refusal(updateItemRoute, &pm.UpdateWorkItemRequest{
		WorkItemId: loose.Id, ExpectedVersion: 1, UpdateParent: true, ParentId: &deep,
	}), "VALIDATION_ERROR parent_id")
	same(t, "ancestors of a new item", len(w.item(project, task, "T", &pm.WorkItem{Id: deep}).AncestorIds), 100)
}

// An item of another project or a deleted one is nobody's relative, even if a record says so.
func TestForeignParentsAreNoAncestors(t *testing.T) {
	w := newWorld(t)
	one, two := w.project("P", "PP"), w.project("Q", "QQ")
	far := w.item(two, epic, "E", nil)
	w.raw(func(c *guest.Call) { rawItem(c, id16(one), 1, newUUID(c), id16(far.Id)) })
	it := w.list(one)[0]
	same(t, "ancestors in the list", it.AncestorIds, []string(nil))
	var reply pm.WorkItemUpdated
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, Status: new("done")}, &reply)
	same(t, "ancestors in an update", reply.WorkItem.AncestorIds, []string(nil))
	same(t, "descendants over there", w.list(two)[0].DescendantIds, []string(nil))
}
