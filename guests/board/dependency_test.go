package board

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// linksOf returns the links of an item.
func (w *world) linksOf(it *pm.WorkItem) *pm.DependenciesList {
	w.t.Helper()
	var reply pm.DependenciesList
	w.ok(getLinksRoute, &pm.GetDependenciesRequest{WorkItemId: it.Id}, &reply)
	return &reply
}

func TestDependenciesComeAndGo(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	a, b, c := w.item(project, task, "A", nil), w.item(project, task, "B", nil), w.item(project, task, "C", nil)
	now := w.TimeMS / 1000
	w.as(ed)
	row := pm.ActivityLogEntry{EntityType: "dependency", Action: "created", UserId: ed.String(), Timestamp: now}

	var created pm.DependencyCreated
	r := w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: strings.ToUpper(a.Id), BlockedItemId: b.Id, DependencyType: blocks}, &created)
	ab := &pm.Dependency{
		Id: created.Dependency.Id, BlockingItemId: a.Id, BlockedItemId: b.Id, DependencyType: blocks, CreatedAt: now, CreatedBy: ed.String(),
	}
	same(t, "created", &created, &pm.DependencyCreated{Dependency: ab, UserId: ed.String()})
	row.EntityId = ab.Id
	announced(t, r, modelScope(project), 135, row, nil)

	var reply pm.DependencyCreated // back again, as a relation
	w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: b.Id, BlockedItemId: a.Id, DependencyType: relates}, &reply)
	ba := reply.Dependency
	cb := w.link(c, b)
	ac := w.link(a, c)
	same(t, "links of A", w.linksOf(a), &pm.DependenciesList{Blocking: []*pm.Dependency{ba}, Blocked: []*pm.Dependency{ab, ac}})
	same(t, "links of B", w.linksOf(b), &pm.DependenciesList{Blocking: []*pm.Dependency{ab, cb}, Blocked: []*pm.Dependency{ba}})
	w.fsck()

	var deleted pm.DependencyDeleted
	r = w.ok(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: ab.Id}, &deleted)
	same(t, "deleted", &deleted, &pm.DependencyDeleted{DependencyId: ab.Id, BlockingItemId: a.Id, BlockedItemId: b.Id, UserId: ed.String()})
	row.Action = "deleted"
	announced(t, r, modelScope(project), 136, row, nil)
	same(t, "again", w.refusal(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: ab.Id}), "NOT_FOUND")
	again := w.link(a, b)
	same(t, "links of B", w.linksOf(b), &pm.DependenciesList{Blocking: []*pm.Dependency{cb, again}, Blocked: []*pm.Dependency{ba}})
	w.fsck()
}

// A link to a deleted item is hidden from the other end, but can be deleted.
func TestLinksToDeletedItems(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	a, b, c := w.item(project, task, "A", nil), w.item(project, task, "B", nil), w.item(project, task, "C", nil)
	ab, bc := w.link(a, b), w.link(b, c)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: b.Id}, nil)
	same(t, "links of A", w.linksOf(a), &pm.DependenciesList{})
	same(t, "links of C", w.linksOf(c), &pm.DependenciesList{})
	ca := w.link(c, a) // the way through B is closed
	w.fsck()
	w.ok(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: ab.Id}, nil)
	w.ok(deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: bc.Id}, nil)
	same(t, "links of A", w.linksOf(a), &pm.DependenciesList{Blocking: []*pm.Dependency{ca}})
	w.fsck()
}

func TestDependenciesRefuse(t *testing.T) {
	w := newWorld(t)
	project, other := w.project("P", "PP"), w.project("Q", "QQ")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	a, b, c := w.item(project, task, "A", nil), w.item(project, task, "B", nil), w.item(project, task, "C", nil)
	foreign, gone := w.item(other, task, "F", nil), w.item(project, task, "G", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: gone.Id}, nil)
	ab := w.link(a, b)
	w.link(b, c)
	short := func(it *pm.WorkItem) string { return it.Id[:8] }
	type create = pm.CreateDependencyRequest
	for _, tc := range []struct {
		name  string
		user  [16]byte
		route uint32
		req   record
		want  string
		text  string
	}{
		{"create: a blocking id that is none, before the other", sue, createLinkRoute, &create{}, "VALIDATION_ERROR blocking_item_id", ""},
		{"create: a blocked id that is none", sue, createLinkRoute, &create{BlockingItemId: a.Id}, "VALIDATION_ERROR blocked_item_id", ""},
		{"create: the same twice, before the type", sue, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: strings.ToUpper(a.Id)}, "VALIDATION_ERROR blocked_item_id", "cannot block itself"},
		{"create: no type, before the items", sue, createLinkRoute, &create{BlockingItemId: unknownID, BlockedItemId: a.Id}, "VALIDATION_ERROR dependency_type", ""},
		{"create: an unknown type", ed, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: c.Id, DependencyType: 3}, "VALIDATION_ERROR dependency_type", ""},
		{"create: a blocking item nobody knows", sue, createLinkRoute, &create{BlockingItemId: unknownID, BlockedItemId: a.Id, DependencyType: 1}, "NOT_FOUND", "not found"},
		{"create: a deleted blocked item", sue, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: gone.Id, DependencyType: 1}, "NOT_FOUND", "not found"},
		{"create: another project, before permission", sue, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: foreign.Id, DependencyType: 1}, "VALIDATION_ERROR blocking_item_id", "same project"},
		{"create: a viewer, before whether there is one", vic, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: b.Id, DependencyType: 1}, "UNAUTHORIZED", ""},
		{"create: there is one", ed, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: b.Id, DependencyType: 1}, "VALIDATION_ERROR blocked_item_id", "already exists"},
		{"create: there is one of the other type", ed, createLinkRoute, &create{BlockingItemId: a.Id, BlockedItemId: b.Id, DependencyType: 2}, "VALIDATION_ERROR blocked_item_id", "already exists"},
		{"create: the way back", ed, createLinkRoute, &create{BlockingItemId: b.Id, BlockedItemId: a.Id, DependencyType: 1}, "VALIDATION_ERROR blocking_item_id", "Circular dependency: " + short(a) + " → " + short(b)},
		{"create: the way back over two", ed, createLinkRoute, &create{BlockingItemId: c.Id, BlockedItemId: a.Id, DependencyType: 1}, "VALIDATION_ERROR blocking_item_id", "Circular dependency: " + short(a) + " → " + short(b) + " → " + short(c)},
		{"delete: an id that is none", sue, deleteLinkRoute, &pm.DeleteDependencyRequest{}, "VALIDATION_ERROR dependency_id", ""},
		{"delete: a link nobody knows", sue, deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: unknownID}, "NOT_FOUND", "not found"},
		{"delete: a viewer", vic, deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: ab.Id}, "UNAUTHORIZED", ""},
		{"list: an id that is none", sue, getLinksRoute, &pm.GetDependenciesRequest{}, "VALIDATION_ERROR work_item_id", ""},
		{"list: a deleted item", ann, getLinksRoute, &pm.GetDependenciesRequest{WorkItemId: gone.Id}, "NOT_FOUND", "not found"},
		{"list: a stranger", sue, getLinksRoute, &pm.GetDependenciesRequest{WorkItemId: a.Id}, "UNAUTHORIZED", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(tc.route, tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestAnItemTakesFiftyLinksEachWay(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	hub, one := w.item(project, task, "H", nil), w.item(project, task, "one more", nil)
	var last *pm.WorkItem
	for i := range 50 {
		last = w.item(project, task, "T", nil)
		kind := pm.DependencyType(1 + i%2) // both types count
		w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: last.Id, BlockedItemId: hub.Id, DependencyType: kind}, nil)
		w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: hub.Id, BlockedItemId: last.Id, DependencyType: relates}, nil)
	}
	for _, tc := range []struct{ from, to, field string }{{one.Id, hub.Id, "blocked_item_id"}, {hub.Id, one.Id, "blocking_item_id"}} {
		code, text := w.refusalText(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: tc.from, BlockedItemId: tc.to, DependencyType: relates})
		same(t, "refusal", code, "VALIDATION_ERROR "+tc.field)
		if !strings.Contains(text, "50") || !strings.Contains(text, "max") {
			t.Errorf("text %q", text)
		}
	}
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: last.Id}, nil) // does not count any more
	w.link(one, hub)
	w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: hub.Id, BlockedItemId: one.Id, DependencyType: relates}, nil)
	w.fsck()
}

// Long chains are followed as far as the limit goes, and not one item further.
func TestTheSearchForACircleIsBounded(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	chain := make([]*pm.WorkItem, maxFollowed+1)
	w.raw(func(c *guest.Call) {
		for i := range chain {
			id := newUUID(c)
			rawItem(c, id16(project), int32(i+1), id, uuid{})
			chain[i] = &pm.WorkItem{Id: id.String()}
			if i > 0 {
				before := uuid(id16(chain[i-1].Id))
				store(c, outgoingKey(before, id), &pm.Link{Number: int32(i), Blocks: true})
			}
		}
		store(c, itemCounterKey(id16(project)), &pm.Counter{Next: int64(len(chain)) + 1})
	})
	other := w.item(project, task, "T", nil)
	w.link(other, chain[1]) // 5000 items
	code, text := w.refusalText(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: other.Id, BlockedItemId: chain[0].Id, DependencyType: blocks})
	same(t, "5001 items", code, "VALIDATION_ERROR blocking_item_id")
	if !strings.Contains(text, "5000") {
		t.Errorf("text %q", text)
	}
	// A relation is never followed.
	w.ok(createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: other.Id, BlockedItemId: chain[0].Id, DependencyType: relates}, nil)
}

// Whatever links there are: the way that a refusal names is one, and there is no shorter one.
func TestCirclesAreFoundAndNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		project := w.project("P", "PP")
		var nodes []*pm.WorkItem
		for range 7 {
			nodes = append(nodes, w.item(project, task, "T", nil))
		}
		node := rapid.IntRange(0, len(nodes)-1)
		linked := [7][7]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "links") {
			from, to := node.Draw(t, "from"), node.Draw(t, "to")
			if from == to || linked[from][to] {
				continue
			}
			req := &pm.CreateDependencyRequest{BlockingItemId: nodes[from].Id, BlockedItemId: nodes[to].Id, DependencyType: blocks}
			way := shortest(linked, to, from)
			if way == nil {
				w.ok(createLinkRoute, req, nil)
				linked[from][to] = true
				continue
			}
			code, text := w.refusalText(createLinkRoute, req)
			same(t, "refusal", code, "VALIDATION_ERROR blocking_item_id")
			steps := strings.Split(strings.TrimPrefix(text, "Circular dependency: "), " → ")
			same(t, "steps", len(steps), len(way))
			at := -1
			for _, step := range steps {
				next := slices.IndexFunc(nodes, func(it *pm.WorkItem) bool { return it.Id[:8] == step })
				if at >= 0 && !linked[at][next] {
					t.Fatalf("%s: nothing leads from %d to %d", text, at, next)
				}
				at = next
			}
			same(t, "the way's end", at, from)
		}
		w.fsck()
	})
}

// shortest returns a shortest way between two nodes, nil if there is none, by trying all lengths.
func shortest(linked [7][7]bool, from, to int) []int {
	ways := [][]int{{from}}
	for range linked {
		var longer [][]int
		for _, way := range ways {
			last := way[len(way)-1]
			if last == to {
				return way
			}
			for next, is := range linked[last] {
				if is && !slices.Contains(way, next) {
					longer = append(longer, append(slices.Clone(way), next))
				}
			}
		}
		ways = longer
	}
	return nil
}
