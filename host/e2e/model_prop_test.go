package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// Random operations of two users, through sockets and real guests, against a model of plain Go values. Ann owns every
// project, Bob may do nothing in them; a third connection watches and must hear what the model says.
func TestTheBoardAgreesWithAModel(t *testing.T) {
	a := start(t, boardOnly, nil)
	users := map[string]*client.Client{ann: a.dial(t, ann), bob: a.dial(t, bob)}
	watcher := a.dial(t, ann)
	rapid.Check(t, func(rt *rapid.T) {
		m := &boardModel{rt: rt, t: t, users: users, watcher: watcher, items: map[string]*modelItem{}}
		m.project = newProject(t, users[ann]).Id
		subscribe(t, watcher, m.project)
		watcher.TakeEvents()
		rt.Repeat(map[string]func(*rapid.T){
			"create": m.create,
			"update": m.update,
			"delete": m.delete,
			"list":   m.list,
		})
		m.list(rt)
		m.heardAll()
	})
}

// modelItem is what the model knows of an item. A deleted one stays, for requests that name it.
type modelItem struct {
	id, title, status, priority, parent string
	kind                                pmpb.WorkItemType
	points                              *int32
	version, number, position           int32
	deleted                             bool
}

type boardModel struct {
	rt      *rapid.T
	t       *testing.T
	users   map[string]*client.Client
	watcher *client.Client
	project string
	items   map[string]*modelItem
	order   []string // ids in order of creation
	heard   []string // what the watcher must hear next
}

var (
	statuses   = []string{"backlog", "todo", "in_progress", "review", "done", "blocked"}
	priorities = []string{"low", "medium", "high", "critical"}
	kinds      = []pmpb.WorkItemType{pmpb.WorkItemType_EPIC, pmpb.WorkItemType_STORY, pmpb.WorkItemType_TASK}
)

// parentOf says which kind an item of a kind may have as its parent.
var parentOf = map[pmpb.WorkItemType]pmpb.WorkItemType{
	pmpb.WorkItemType_STORY: pmpb.WorkItemType_EPIC,
	pmpb.WorkItemType_TASK:  pmpb.WorkItemType_STORY,
}

// send sends a request of a random user, Ann mostly, and returns the reply and its code.
func (m *boardModel) send(rt *rapid.T, request proto.Message) (*pmpb.WebSocketMessage, string, bool) {
	user := rapid.SampledFrom([]string{ann, ann, ann, ann, bob}).Draw(rt, "user")
	reply, err := m.users[user].Do(m.t.Context(), client.Envelope(request))
	if err != nil {
		rt.Fatalf("%T: %v", request, err)
	}
	return reply, reply.GetError().GetCode(), user == ann
}

// expect compares a code with what the model says, which is what Ann would get. It reports whether the request changed
// something.
func expect(rt *rapid.T, reply *pmpb.WebSocketMessage, owner bool, want string) bool {
	if !owner && want != "NOT_FOUND" {
		want = "UNAUTHORIZED"
	}
	if got := reply.GetError().GetCode(); got != want {
		rt.Fatalf("answered with %v, want %q", reply, want)
	}
	return want == ""
}

func (m *boardModel) pick(rt *rapid.T, label string) *modelItem {
	if len(m.order) == 0 {
		rt.Skip("no item")
	}
	return m.items[rapid.SampledFrom(m.order).Draw(rt, label)]
}

// parent draws a parent: none, or any item there ever was.
func (m *boardModel) parent(rt *rapid.T) string {
	if len(m.order) == 0 || rapid.Bool().Draw(rt, "at the top") {
		return ""
	}
	return rapid.SampledFrom(m.order).Draw(rt, "parent")
}

// fits reports whether an item of a kind may stand under a parent.
func (m *boardModel) fits(kind pmpb.WorkItemType, parent string) bool {
	p := m.items[parent]
	return parent == "" || p != nil && !p.deleted && parentOf[kind] == p.kind
}

func (m *boardModel) create(rt *rapid.T) {
	item := &modelItem{
		title: rapid.StringMatching(`[a-z]{1,8}`).Draw(rt, "title"), kind: rapid.SampledFrom(kinds).Draw(rt, "kind"),
		parent: m.parent(rt), status: "backlog", priority: "medium", version: 1, number: int32(len(m.order)) + 1, position: 1,
	}
	request := &pmpb.CreateWorkItemRequest{ItemType: item.kind, Title: " " + item.title, ProjectId: m.project}
	if item.parent != "" {
		request.ParentId = proto.String(item.parent)
	}
	want := ""
	if !m.fits(item.kind, item.parent) {
		want = "VALIDATION_ERROR"
	}
	reply, _, owner := m.send(rt, request)
	if !expect(rt, reply, owner, want) {
		return
	}
	for _, other := range m.items {
		if !other.deleted && other.parent == item.parent {
			item.position = max(item.position, other.position+1)
		}
	}
	item.id = reply.GetWorkItemCreated().GetWorkItem().GetId()
	m.items[item.id] = item
	m.order = append(m.order, item.id)
	m.same(rt, reply.GetWorkItemCreated().GetWorkItem(), item)
	m.heard = append(m.heard, "activity created "+item.id, "work_item_created "+item.id)
}

func (m *boardModel) update(rt *rapid.T) {
	old := m.pick(rt, "item")
	item := *old
	request := &pmpb.UpdateWorkItemRequest{WorkItemId: item.id, ExpectedVersion: item.version}
	stale := rapid.IntRange(0, 5).Draw(rt, "stale") == 0
	if stale {
		request.ExpectedVersion--
	}
	changed := map[string]bool{}
	set := func(field string, is, was any) { changed[field] = changed[field] || is != was }
	if rapid.Bool().Draw(rt, "set title") {
		item.title = rapid.StringMatching(`[a-z]{1,2}`).Draw(rt, "title")
		request.Title = proto.String(item.title + "\n")
		set("title", item.title, old.title)
	}
	if rapid.Bool().Draw(rt, "set status") {
		item.status = rapid.SampledFrom(statuses).Draw(rt, "status")
		request.Status = proto.String(item.status)
		set("status", item.status, old.status)
	}
	if rapid.Bool().Draw(rt, "set position") {
		item.position = rapid.Int32Range(0, 5).Draw(rt, "position")
		request.Position = proto.Int32(item.position)
		set("position", item.position, old.position)
	}
	want := ""
	if rapid.IntRange(0, 3).Draw(rt, "set parent") == 0 {
		item.parent = m.parent(rt)
		request.UpdateParent, request.ParentId = true, proto.String(item.parent)
		set("parent_id", item.parent, old.parent)
		if !m.fits(item.kind, item.parent) {
			want = "VALIDATION_ERROR"
		}
	}
	if rapid.Bool().Draw(rt, "set priority") {
		item.priority = rapid.SampledFrom(priorities).Draw(rt, "priority")
		request.Priority = proto.String(item.priority)
		set("priority", item.priority, old.priority)
	}
	if rapid.Bool().Draw(rt, "set points") {
		item.points = proto.Int32(rapid.Int32Range(0, 3).Draw(rt, "points"))
		request.StoryPoints = item.points
		set("story_points", *item.points, value(old.points))
	}
	if stale {
		want = "CONFLICT"
	}
	if item.deleted {
		want = "NOT_FOUND"
	}
	reply, _, owner := m.send(rt, request)
	if !expect(rt, reply, owner, want) {
		return
	}
	var fields []string
	for _, field := range []string{"title", "status", "position", "parent_id", "priority", "story_points"} {
		if changed[field] {
			fields = append(fields, field)
		}
	}
	var got []string
	for _, change := range reply.GetWorkItemUpdated().GetChanges() {
		got = append(got, change.FieldName)
	}
	if !slices.Equal(got, fields) {
		rt.Fatalf("changed %v, want %v", got, fields)
	}
	if len(fields) > 0 {
		item.version++
		*old = item
		for _, field := range fields {
			m.heard = append(m.heard, "activity updated "+field+" "+item.id)
		}
		m.heard = append(m.heard, "work_item_updated "+item.id)
	}
	m.same(rt, reply.GetWorkItemUpdated().GetWorkItem(), old)
}

// value is a number as a comparable value; nil is none.
func value(n *int32) any {
	if n == nil {
		return nil
	}
	return *n
}

func (m *boardModel) delete(rt *rapid.T) {
	item := m.pick(rt, "item")
	want := ""
	for _, other := range m.items {
		if other.parent == item.id && !other.deleted {
			want = "DELETE_BLOCKED"
		}
	}
	if item.deleted {
		want = "NOT_FOUND"
	}
	reply, _, owner := m.send(rt, &pmpb.DeleteWorkItemRequest{WorkItemId: item.id})
	if expect(rt, reply, owner, want) {
		item.deleted = true
		m.heard = append(m.heard, "activity deleted "+item.id, "work_item_deleted "+item.id)
	}
}

func (m *boardModel) list(rt *rapid.T) {
	reply, _, owner := m.send(rt, &pmpb.GetWorkItemsRequest{ProjectId: m.project})
	if !expect(rt, reply, owner, "") {
		return
	}
	var want []*modelItem
	for _, id := range m.order {
		if item := m.items[id]; !item.deleted {
			want = append(want, item)
		}
	}
	slices.SortStableFunc(want, func(a, b *modelItem) int { return int(a.position - b.position) })
	got := reply.GetWorkItemsList().GetWorkItems()
	if len(got) != len(want) {
		rt.Fatalf("%d items, want %d", len(got), len(want))
	}
	for i := range want {
		m.same(rt, got[i], want[i])
	}
}

// same compares an item on the wire with the model.
func (m *boardModel) same(rt *rapid.T, got *pmpb.WorkItem, want *modelItem) {
	var ancestors []string
	for at := want.parent; at != ""; at = m.items[at].parent {
		ancestors = append(ancestors, at)
	}
	gotten := fmt.Sprint(got.GetId(), got.GetTitle(), got.GetStatus(), got.GetPriority(), got.GetParentId(), got.GetItemType(),
		value(got.StoryPoints), got.GetVersion(), got.GetItemNumber(), got.GetPosition(), got.GetAncestorIds(), got.GetDescendantIds())
	wanted := fmt.Sprint(want.id, want.title, want.status, want.priority, want.parent, want.kind,
		value(want.points), want.version, want.number, want.position, ancestors, m.descendants(want.id))
	if gotten != wanted {
		rt.Fatalf("item is\n%s, want\n%s", gotten, wanted)
	}
}

// descendants are the live items below an item: children first, in order.
func (m *boardModel) descendants(id string) []string {
	var all []string
	for level := []string{id}; len(level) > 0; {
		var next []string
		for _, parent := range level {
			var children []*modelItem
			for _, child := range m.order {
				if item := m.items[child]; item.parent == parent && !item.deleted {
					children = append(children, item)
				}
			}
			slices.SortStableFunc(children, func(a, b *modelItem) int { return int(a.position - b.position) })
			for _, child := range children {
				next = append(next, child.id)
			}
		}
		all = append(all, next...)
		level = next
	}
	return all
}

// heardAll compares what the watcher heard of the project with the model. Events are queued on its connection before the
// writer has its reply, so all of them stand before the watcher's next reply.
func (m *boardModel) heardAll() {
	ask[*pmpb.Pong](m.t, m.watcher, &pmpb.Ping{})
	var got []string
	for _, event := range m.watcher.TakeEvents() {
		name := client.PayloadName(event)
		id := event.GetWorkItemCreated().GetWorkItem().GetId() + event.GetWorkItemUpdated().GetWorkItem().GetId() + event.GetWorkItemDeleted().GetWorkItemId()
		if entry := event.GetActivityLogCreated().GetEntry(); entry != nil {
			name, id = "activity "+entry.Action, entry.EntityId
			if entry.FieldName != nil {
				name += " " + *entry.FieldName
			}
		}
		got = append(got, name+" "+id)
	}
	if !slices.Equal(got, m.heard) {
		m.rt.Fatalf("the watcher heard\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(m.heard, "\n"))
	}
}
