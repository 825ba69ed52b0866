package board

import (
	"math"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func TestCreateItemStoresWhatWasSentAndAnnouncesIt(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.TimeMS = 1_700_000_123_999
	var reply pm.WorkItemCreated
	r := w.ok(createItemRoute, &pm.CreateWorkItemRequest{
		ItemType: task, Title: "  Write <b>it</b>  ", Description: new(" all of it "), ProjectId: strings.ToUpper(project),
		Status: new("blocked"), Priority: new("critical"), ParentId: new(""),
	}, &reply)
	want := &pm.WorkItem{
		Id: reply.WorkItem.Id, ItemType: task, ProjectId: project, Position: 1, Title: "Write <b>it</b>",
		Description: new("all of it"), Status: "blocked", Priority: "critical", CreatedAt: 1_700_000_123, UpdatedAt: 1_700_000_123,
		CreatedBy: ann.String(), UpdatedBy: ann.String(), Version: 1, ItemNumber: 1,
	}
	same(t, "reply", &reply, &pm.WorkItemCreated{WorkItem: want, UserId: ann.String()})

	scopes := []abi.Scope{{Kind: abi.ScopeProject, ID: string(id16b(project))}}
	var entry pm.ActivityLogCreated
	if len(r.Events) != 2 || entry.Parse(r.Events[0].Payload) != nil {
		t.Fatalf("events: %s", show(r.Events))
	}
	same(t, "activity", entry.Entry, &pm.ActivityLogEntry{
		Id: entry.Entry.Id, EntityType: "work_item", EntityId: want.Id, Action: "created", UserId: ann.String(), Timestamp: 1_700_000_123,
	})
	same(t, "events", r.Events, []guest.Event{
		{Scopes: scopes, Route: 142, Payload: entry.Append(nil)},
		{Scopes: scopes, Route: 40, Payload: r.Reply},
	})
	same(t, "list", w.list(project), []*pm.WorkItem{want})
	w.fsck()
}

func id16b(s string) []byte { id := id16(s); return id[:] }

func TestCreateItemFillsInWhatWasNotSent(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", e)
	k := w.item(project, task, "T", s)
	now := w.TimeMS / 1000
	same(t, "task", k, &pm.WorkItem{
		Id: k.Id, ItemType: task, ParentId: &s.Id, ProjectId: project, Position: 1, Title: "T", Status: "backlog", Priority: "medium",
		CreatedAt: now, UpdatedAt: now, CreatedBy: ann.String(), UpdatedBy: ann.String(), Version: 1, ItemNumber: 3,
		AncestorIds: []string{s.Id, e.Id},
	})
}

func TestCreateItemCountsNumbersByProjectAndPositionsByParent(t *testing.T) {
	w := newWorld(t)
	one, two := w.project("P", "PP"), w.project("Q", "QQ")
	place := func(it *pm.WorkItem) [2]int32 { return [2]int32{it.ItemNumber, it.Position} }

	a := w.item(one, epic, "A", nil)
	b := w.item(one, epic, "B", nil)
	same(t, "second at the top", place(b), [2]int32{2, 2})
	same(t, "first below the first", place(w.item(one, story, "S", a)), [2]int32{3, 1})
	same(t, "first below the second", place(w.item(one, story, "S", b)), [2]int32{4, 1})
	same(t, "first of another project", place(w.item(two, task, "T", nil)), [2]int32{1, 1})

	c := w.item(one, task, "C", nil)
	same(t, "third at the top", place(c), [2]int32{5, 3})
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: c.Id}, nil)
	same(t, "after the last was deleted", place(w.item(one, task, "D", nil)), [2]int32{6, 3})
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: w.item(one, task, "E", nil).Id}, nil)
	w.refusal(createItemRoute, &pm.CreateWorkItemRequest{ProjectId: one, ItemType: task, Title: "F", Status: new("nope")})
	same(t, "a refused creation leaves no gap", place(w.item(one, task, "G", nil)), [2]int32{8, 4})
	w.fsck()
}

// Each case breaks one thing more than the one after it, so that the order of the checks is visible.
func TestCreateItemRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	other := w.project("Q", "QQ")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	gone := w.project("R", "RR")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	e := w.item(project, epic, "E", nil)
	s := w.item(project, story, "S", e)
	k := w.item(project, task, "T", s)
	foreign := w.item(other, epic, "E", nil)
	dead := w.item(project, epic, "D", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: dead.Id}, nil)
	long := strings.Repeat("é", 201)

	for _, tc := range []struct {
		name string
		user [16]byte
		req  pm.CreateWorkItemRequest
		want string
		text string
	}{
		{"a type that is not there, before the title", sue, pm.CreateWorkItemRequest{Title: ""}, "VALIDATION_ERROR item_type", ""},
		{"the number of the former project type", ann, pm.CreateWorkItemRequest{ItemType: 1, Title: "T", ProjectId: project}, "VALIDATION_ERROR item_type", ""},
		{"an unknown type", ann, pm.CreateWorkItemRequest{ItemType: 5, Title: "T", ProjectId: project}, "VALIDATION_ERROR item_type", ""},
		{"a negative type", ann, pm.CreateWorkItemRequest{ItemType: -2, Title: "T", ProjectId: project}, "VALIDATION_ERROR item_type", ""},
		{"no title, before the description", sue, pm.CreateWorkItemRequest{ItemType: task, Description: new(strings.Repeat("d", 10_001))}, "INVALID_MESSAGE title", "title"},
		{"a title of blanks", ann, pm.CreateWorkItemRequest{ItemType: task, Title: " \t\u00a0", ProjectId: project}, "INVALID_MESSAGE title", "title"},
		{"a title of 201 characters", ann, pm.CreateWorkItemRequest{ItemType: task, Title: long, ProjectId: project}, "INVALID_MESSAGE title", "title"},
		{"a description of 10001 characters, before the ids", sue, pm.CreateWorkItemRequest{ItemType: task, Title: "T", Description: new(strings.Repeat("d", 10_001))}, "INVALID_MESSAGE description", "description"},
		{"a project id that is none, before the parent's", sue, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: "p1", ParentId: new("i1")}, "VALIDATION_ERROR project_id", ""},
		{"no project id", ann, pm.CreateWorkItemRequest{ItemType: task, Title: "T"}, "VALIDATION_ERROR project_id", ""},
		{"a parent id that is none, before permission", sue, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: new("i1")}, "VALIDATION_ERROR parent_id", ""},
		{"a stranger, before the parent", sue, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: new(unknownID)}, "UNAUTHORIZED", ""},
		{"a viewer", vic, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project}, "UNAUTHORIZED", ""},
		{"a project nobody knows", ann, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: unknownID}, "UNAUTHORIZED", ""},
		{"a deleted project, before the parent", ann, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: gone, ParentId: new(unknownID)}, "NOT_FOUND", "not found"},
		{"a deleted project as a stranger", sue, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: gone}, "UNAUTHORIZED", ""},
		{"a parent nobody knows, before the words", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: new(unknownID), Status: new("x")}, "VALIDATION_ERROR parent_id", ""},
		{"the nil id as parent", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: new("00000000-0000-0000-0000-000000000000")}, "VALIDATION_ERROR parent_id", ""},
		{"a deleted parent", ed, pm.CreateWorkItemRequest{ItemType: story, Title: "T", ProjectId: project, ParentId: &dead.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a parent in another project", ann, pm.CreateWorkItemRequest{ItemType: story, Title: "T", ProjectId: project, ParentId: &foreign.Id}, "VALIDATION_ERROR parent_id", ""},
		{"an epic below an epic", ed, pm.CreateWorkItemRequest{ItemType: epic, Title: "T", ProjectId: project, ParentId: &e.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a story below a story", ed, pm.CreateWorkItemRequest{ItemType: story, Title: "T", ProjectId: project, ParentId: &s.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a story below a task", ed, pm.CreateWorkItemRequest{ItemType: story, Title: "T", ProjectId: project, ParentId: &k.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a task below an epic", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: &e.Id}, "VALIDATION_ERROR parent_id", ""},
		{"a task below a task", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, ParentId: &k.Id}, "VALIDATION_ERROR parent_id", ""},
		{"an unknown status, before the priority", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, Status: new("open"), Priority: new("x")}, "VALIDATION_ERROR status", ""},
		{"an empty status", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, Status: new("")}, "VALIDATION_ERROR status", ""},
		{"a status in upper case", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, Status: new("Todo")}, "VALIDATION_ERROR status", ""},
		{"an unknown priority", ed, pm.CreateWorkItemRequest{ItemType: task, Title: "T", ProjectId: project, Priority: new("urgent")}, "VALIDATION_ERROR priority", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(createItemRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestCreateItemTakesTextsAtTheirLimits(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	title, description := strings.Repeat("é", 200), strings.Repeat("日", 10_000)
	var reply pm.WorkItemCreated
	w.ok(createItemRoute, &pm.CreateWorkItemRequest{ItemType: task, ProjectId: project, Title: " " + title + " ", Description: &description}, &reply)
	same(t, "title", reply.WorkItem.Title, title)
	same(t, "description", reply.WorkItem.Description, &description)
}

func TestLimitsAreTheOperators(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.Settings = map[string]string{
		"validation.max_title_length": "3", "validation.max_description_length": "0", "validation.max_story_points": "8",
		"validation.sanitize": "trim",
	}
	create := func(title string, description *string) record {
		return &pm.CreateWorkItemRequest{ItemType: task, ProjectId: project, Title: title, Description: description}
	}
	same(t, "a title of 4", w.refusal(createItemRoute, create("abcd", nil)), "INVALID_MESSAGE title")
	same(t, "a description of 1", w.refusal(createItemRoute, create("abc", new("d"))), "INVALID_MESSAGE description")
	var reply pm.WorkItemCreated
	w.ok(createItemRoute, create(" abc ", new("")), &reply)
	update := &pm.UpdateWorkItemRequest{WorkItemId: reply.WorkItem.Id, ExpectedVersion: 1, StoryPoints: new(int32(9))}
	same(t, "9 story points", w.refusal(updateItemRoute, update), "VALIDATION_ERROR story_points")
	update.StoryPoints = new(int32(8))
	w.ok(updateItemRoute, update, nil)
}

func TestSanitizing(t *testing.T) {
	const sent = " <script>x</script> `<script>` "
	for mode, want := range map[string][2]string{
		"":       {"&lt;script>x&lt;/script> `&lt;script>`", "&lt;script>x&lt;/script> `<script>`"},
		"active": {"&lt;script>x&lt;/script> `&lt;script>`", "&lt;script>x&lt;/script> `<script>`"},
		"trim":   {"<script>x</script> `<script>`", "<script>x</script> `<script>`"},
		"escape": {"&lt;script&gt;x&lt;/script&gt; `&lt;script&gt;`", "&lt;script&gt;x&lt;/script&gt; `&lt;script&gt;`"},
		"bogus":  {"&lt;script>x&lt;/script> `&lt;script>`", "&lt;script>x&lt;/script> `<script>`"},
	} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			project := w.project("P", "PP")
			if mode != "" {
				w.Settings["validation.sanitize"] = mode
			}
			var reply pm.WorkItemCreated
			w.ok(createItemRoute, &pm.CreateWorkItemRequest{ItemType: task, ProjectId: project, Title: sent, Description: new(sent)}, &reply)
			it := reply.WorkItem
			same(t, "stored", [2]string{it.Title, *it.Description}, want)

			// A form sends back what it got: nothing changes, however often.
			var again pm.WorkItemUpdated
			w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, Title: &it.Title, Description: it.Description}, &again)
			same(t, "sent back", &again, &pm.WorkItemUpdated{WorkItem: it, UserId: ann.String()})
		})
	}
}

func TestCreateItemAtTheEndOfTheNumbers(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	create := &pm.CreateWorkItemRequest{ProjectId: project, ItemType: task, Title: "T"}

	last := w.item(project, task, "T", nil)
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: last.Id, ExpectedVersion: 1, Position: new(int32(math.MaxInt32))}, nil)
	same(t, "no position left", w.refusal(createItemRoute, create), "CONFLICT")
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: last.Id, ExpectedVersion: 2, Position: new(int32(math.MaxInt32 - 1))}, nil)
	same(t, "one position left", w.item(project, task, "T", nil).Position, int32(math.MaxInt32))
	w.fsck()

	two := w.project("Q", "QQ")
	w.raw(func(c *guest.Call) { store(c, itemCounterKey(id16(two)), &pm.Counter{Next: math.MaxInt32 - 1}) })
	create.ProjectId = two
	same(t, "last number", w.item(two, task, "T", nil).ItemNumber, int32(math.MaxInt32-1))
	same(t, "no number left", w.refusal(createItemRoute, create), "CONFLICT")
	var list pm.ProjectList
	w.ok(listProjectsRoute, &pm.ListProjectsRequest{}, &list)
	same(t, "next number", list.Projects[1].NextWorkItemNumber, int32(math.MaxInt32))
}
