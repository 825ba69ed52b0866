package board

import (
	"math"
	"strings"
	"testing"

	"workcell/guests/board/pm"
)

// entryRow is the activity row of what ed did to a time entry.
func entryRow(w *world, id, action string, changes int) pm.ActivityLogEntry {
	row := pm.ActivityLogEntry{EntityType: "time_entry", EntityId: id, Action: action, UserId: ed.String(), Timestamp: w.TimeMS / 1000}
	if changes > 0 {
		row.Comment = new(*decimal(new(int32(changes))) + " fields changed")
	}
	return row
}

func TestTimeEntriesComeAndGo(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it := w.item(project, task, "T", nil)
	now := w.TimeMS / 1000
	w.as(ed)

	var created pm.TimeEntryCreated
	r := w.ok(createEntryRoute, &pm.CreateTimeEntryRequest{WorkItemId: it.Id, StartedAt: now - 86_340, EndedAt: now + 60, Description: new(" d ")}, &created)
	want := &pm.TimeEntry{
		Id: created.TimeEntry.Id, WorkItemId: it.Id, UserId: ed.String(), StartedAt: now - 86_340, EndedAt: new(now + 60),
		DurationSeconds: new(int32(86_400)), Description: new("d"), CreatedAt: now, UpdatedAt: now,
	}
	same(t, "created", &created, &pm.TimeEntryCreated{TimeEntry: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 122, entryRow(w, want.Id, "created", 0), nil)

	w.TimeMS += 5000
	var updated pm.TimeEntryUpdated
	r = w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{
		TimeEntryId: strings.ToUpper(want.Id), StartedAt: new(now - 100), EndedAt: new(now - 40), Description: new(""),
	}, &updated)
	list := []*pm.FieldChange{
		change("started_at", modelTime(&want.StartedAt), modelTime(new(now-100))),
		change("ended_at", modelTime(want.EndedAt), modelTime(new(now-40))),
		change("description", new("d"), new("")),
	}
	want.StartedAt, want.EndedAt, want.DurationSeconds = now-100, new(now-40), new(int32(60))
	want.Description, want.UpdatedAt = new(""), now+5
	same(t, "updated", &updated, &pm.TimeEntryUpdated{TimeEntry: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 123, entryRow(w, want.Id, "updated", 3), list)

	// What is sent counts as a change, also when it is what is stored.
	w.TimeMS += 5000
	r = w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: want.Id, StartedAt: &want.StartedAt}, &updated)
	want.UpdatedAt = now + 10
	announced(t, r, modelScope(project), 123, entryRow(w, want.Id, "updated", 0), nil)

	before := w.Pairs(dataSet)
	w.TimeMS += 5000
	var unchanged pm.TimeEntryUpdated
	r = w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: want.Id}, &unchanged)
	same(t, "nothing sent", &unchanged, &pm.TimeEntryUpdated{TimeEntry: want, UserId: ed.String()})
	same(t, "nothing told", len(r.Events), 0)
	same(t, "nothing stored", w.Pairs(dataSet), before)

	var page pm.TimeEntriesList
	w.ok(getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id}, &page)
	same(t, "list", &page, &pm.TimeEntriesList{TimeEntries: []*pm.TimeEntry{want}, TotalCount: 1})

	var deleted pm.TimeEntryDeleted
	r = w.ok(deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: want.Id}, &deleted)
	same(t, "deleted", &deleted, &pm.TimeEntryDeleted{TimeEntryId: want.Id, WorkItemId: it.Id, UserId: ed.String()})
	announced(t, r, modelScope(project), 124, entryRow(w, want.Id, "deleted", 0), nil)
	var empty pm.TimeEntriesList
	w.ok(getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id}, &empty)
	same(t, "list", &empty, &pm.TimeEntriesList{})
	w.fsck()
}

func TestTimeEntriesRefuse(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	it, gone := w.item(project, task, "T", nil), w.item(project, task, "gone", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: gone.Id}, nil)
	w.as(ed)
	entry, deleted, running := w.entry(it, 1), w.entry(it, 1), w.timer(it)
	w.ok(deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: deleted.Id}, nil)
	long := strings.Repeat("é", 1001)
	now := w.TimeMS / 1000
	type create = pm.CreateTimeEntryRequest
	type update = pm.UpdateTimeEntryRequest
	for _, tc := range []struct {
		name  string
		user  [16]byte
		route uint32
		req   record
		want  string
		text  string
	}{
		{"create: a start in the future, before the end", sue, createEntryRoute, &create{StartedAt: now + 61, EndedAt: now + 61}, "VALIDATION_ERROR started_at", "future"},
		{"create: a start at the end of time", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: math.MaxInt64, EndedAt: now}, "VALIDATION_ERROR started_at", "future"},
		{"create: an end in the future, before their order", sue, createEntryRoute, &create{StartedAt: now + 60, EndedAt: now + 61}, "VALIDATION_ERROR ended_at", "future"},
		{"create: an end at the start", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: now, EndedAt: now}, "VALIDATION_ERROR started_at", ""},
		{"create: an end before the start", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: now, EndedAt: now - 90_000}, "VALIDATION_ERROR started_at", ""},
		{"create: an end at the beginning of time", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: now, EndedAt: math.MinInt64}, "VALIDATION_ERROR started_at", ""},
		{"create: a second more than a day", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: now - 86_401, EndedAt: now}, "VALIDATION_ERROR ended_at", "24 hours"},
		{"create: from the year 0 to now", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: firstTime, EndedAt: now}, "VALIDATION_ERROR ended_at", "24 hours"},
		{"create: a start at the beginning of time", ed, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: math.MinInt64, EndedAt: now}, "VALIDATION_ERROR started_at", ""},
		{"create: a long description, before the item", sue, createEntryRoute, &create{StartedAt: now - 1, EndedAt: now, Description: &long}, "INVALID_MESSAGE description", "description"},
		{"create: an id that is none", sue, createEntryRoute, &create{StartedAt: now - 1, EndedAt: now}, "VALIDATION_ERROR work_item_id", ""},
		{"create: a deleted item, before permission", sue, createEntryRoute, &create{WorkItemId: gone.Id, StartedAt: now - 1, EndedAt: now}, "NOT_FOUND", "not found"},
		{"create: a viewer", vic, createEntryRoute, &create{WorkItemId: it.Id, StartedAt: now - 1, EndedAt: now}, "UNAUTHORIZED", ""},
		{"update: an id that is none", sue, updateEntryRoute, &update{}, "VALIDATION_ERROR time_entry_id", ""},
		{"update: an entry nobody knows", sue, updateEntryRoute, &update{TimeEntryId: unknownID}, "NOT_FOUND", "not found"},
		{"update: a deleted entry", ed, updateEntryRoute, &update{TimeEntryId: deleted.Id}, "NOT_FOUND", "not found"},
		{"update: another's, even by an admin", ann, updateEntryRoute, &update{TimeEntryId: entry.Id, Description: &long}, "UNAUTHORIZED", "another user"},
		{"update: a long description, before the times", ed, updateEntryRoute, &update{TimeEntryId: entry.Id, Description: &long, StartedAt: new(now + 61)}, "INVALID_MESSAGE description", "description"},
		{"update: a start in the future", ed, updateEntryRoute, &update{TimeEntryId: entry.Id, StartedAt: new(now + 61)}, "VALIDATION_ERROR started_at", "future"},
		{"update: a start behind the end", ed, updateEntryRoute, &update{TimeEntryId: entry.Id, StartedAt: new(now)}, "VALIDATION_ERROR started_at", ""},
		{"update: an end in the future", ed, updateEntryRoute, &update{TimeEntryId: entry.Id, EndedAt: new(now + 61)}, "VALIDATION_ERROR ended_at", "future"},
		{"update: a start a day too early", ed, updateEntryRoute, &update{TimeEntryId: entry.Id, StartedAt: new(now - 100_000)}, "VALIDATION_ERROR ended_at", "24 hours"},
		{"update: a running timer that starts in the future", ed, updateEntryRoute, &update{TimeEntryId: running.Id, StartedAt: new(now + 61)}, "VALIDATION_ERROR started_at", "future"},
		{"update: a running timer from before all time", ed, updateEntryRoute, &update{TimeEntryId: running.Id, StartedAt: new(int64(firstTime - 1))}, "VALIDATION_ERROR started_at", ""},
		{"update: a running timer that ends where it starts", ed, updateEntryRoute, &update{TimeEntryId: running.Id, EndedAt: &running.StartedAt}, "VALIDATION_ERROR started_at", ""},
		{"delete: an id that is none", sue, deleteEntryRoute, &pm.DeleteTimeEntryRequest{}, "VALIDATION_ERROR time_entry_id", ""},
		{"delete: a deleted entry", ed, deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: deleted.Id}, "NOT_FOUND", "not found"},
		{"delete: another's, even by an admin", ann, deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: entry.Id}, "UNAUTHORIZED", "another user"},
		{"list: an id that is none", sue, getEntriesRoute, &pm.GetTimeEntriesRequest{}, "VALIDATION_ERROR work_item_id", ""},
		{"list: a deleted item", ed, getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: gone.Id}, "NOT_FOUND", "not found"},
		{"list: a stranger", sue, getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id}, "UNAUTHORIZED", ""},
		{"start: a long description, before the item", sue, startTimerRoute, &pm.StartTimerRequest{Description: &long}, "INVALID_MESSAGE description", "description"},
		{"start: an id that is none", sue, startTimerRoute, &pm.StartTimerRequest{}, "VALIDATION_ERROR work_item_id", ""},
		{"start: a deleted item", sue, startTimerRoute, &pm.StartTimerRequest{WorkItemId: gone.Id}, "NOT_FOUND", "not found"},
		{"start: a viewer", vic, startTimerRoute, &pm.StartTimerRequest{WorkItemId: it.Id}, "UNAUTHORIZED", ""},
		{"stop: an id that is none", sue, stopTimerRoute, &pm.StopTimerRequest{}, "VALIDATION_ERROR time_entry_id", ""},
		{"stop: an entry nobody knows", sue, stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: unknownID}, "NOT_FOUND", "not found"},
		{"stop: another's, running or not", ann, stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: entry.Id}, "UNAUTHORIZED", "another user"},
		{"stop: one that is stopped", ed, stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: entry.Id}, "VALIDATION_ERROR time_entry_id", "not running"},
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

func TestTimeEntriesArePaged(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it, other := w.item(project, task, "T", nil), w.item(project, task, "O", nil)
	var all []*pm.TimeEntry
	for i := range 502 {
		all = append([]*pm.TimeEntry{w.as(people[i%2]).entry(it, 600-int64(i/2))}, all...) // two of each start
	}
	w.entry(other, 1)
	for _, tc := range []struct {
		name          string
		limit, offset *int32
		from, to      int
	}{
		{"without limit", nil, nil, 0, 100},
		{"limit 0", new(int32(0)), nil, 0, 1},
		{"negative limit and offset", new(int32(-5)), new(int32(-5)), 0, 1},
		{"in the middle", new(int32(3)), new(int32(7)), 7, 10},
		{"the largest page", new(int32(501)), nil, 0, 500},
		{"the end", new(int32(500)), new(int32(500)), 500, 502},
		{"behind the end", nil, new(int32(502)), 502, 502},
		{"far behind the end", new(int32(math.MaxInt32)), new(int32(math.MaxInt32)), 502, 502},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			var page pm.TimeEntriesList
			w.ok(getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id, Limit: tc.limit, Offset: tc.offset}, &page)
			want := &pm.TimeEntriesList{TotalCount: 502}
			want.TimeEntries = append(want.TimeEntries, all[tc.from:tc.to]...)
			same(t, "page", &page, want)
		})
	}
}
