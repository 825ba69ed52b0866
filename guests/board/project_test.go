package board

import (
	"math"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// announced checks that r announced one activity row for each change in list (one without a field if there are none) and
// then its own reply, all to the same scope, the rows to further ones too.
func announced(t *testing.T, r guest.Result, scope abi.Scope, event uint32, want pm.ActivityLogEntry, list []*pm.FieldChange, also ...abi.Scope) {
	t.Helper()
	rows := max(1, len(list))
	same(t, "number of events", len(r.Events), rows+1)
	for i := range rows {
		var got pm.ActivityLogCreated
		if err := got.Parse(r.Events[i].Payload); err != nil {
			t.Fatal(err)
		}
		want.Id = got.Entry.Id
		if len(list) > 0 {
			want.FieldName, want.OldValue, want.NewValue = &list[i].FieldName, list[i].OldValue, list[i].NewValue
		}
		same(t, "activity", got.Entry, &want)
		same(t, "event", r.Events[i], guest.Event{Scopes: append([]abi.Scope{scope}, also...), Route: 142, Payload: got.Append(nil)})
	}
	same(t, "last event", r.Events[rows], guest.Event{Scopes: []abi.Scope{scope}, Route: event, Payload: r.Reply})
}

func TestCreateProject(t *testing.T) {
	w := newWorld(t)
	w.TimeMS = 1_700_000_555_000
	var reply pm.ProjectCreated
	r := w.ok(createProjectRoute, &pm.CreateProjectRequest{Title: " The project ", Description: new("  "), Key: "a_1"}, &reply)
	id := reply.Project.Id
	want := &pm.Project{
		Id: id, Title: "The project", Description: new(""), Key: "A_1", Status: 1, Version: 1, CreatedAt: 1_700_000_555,
		UpdatedAt: 1_700_000_555, CreatedBy: ann.String(), UpdatedBy: ann.String(), NextWorkItemNumber: 1,
	}
	same(t, "reply", &reply, &pm.ProjectCreated{Project: want, UserId: ann.String()})
	announced(t, r, abi.Scope{Kind: abi.ScopeUser, ID: string(ann[:])}, 94, pm.ActivityLogEntry{
		EntityType: "project", EntityId: id, Action: "created", UserId: ann.String(), Timestamp: 1_700_000_555,
	}, nil)
	w.fsck()
	w.raw(func(c *guest.Call) {
		if got, err := roleIn(c, id16(id)); got != admin || err != nil {
			t.Errorf("the creator is %v, %v", got, err)
		}
	})
}

func TestCreateProjectRefuses(t *testing.T) {
	w := newWorld(t)
	w.project("P", "TAKEN")
	long := strings.Repeat("d", 10_001)
	for _, tc := range []struct {
		name string
		req  pm.CreateProjectRequest
		want string
		text string
	}{
		{"no title, before the description", pm.CreateProjectRequest{Description: &long, Key: "K"}, "INVALID_MESSAGE title", "title"},
		{"a long title", pm.CreateProjectRequest{Title: strings.Repeat("é", 201), Key: "KK"}, "INVALID_MESSAGE title", "title"},
		{"a long description, before the key", pm.CreateProjectRequest{Title: "T", Description: &long, Key: "K"}, "INVALID_MESSAGE description", "description"},
		{"a key of one character", pm.CreateProjectRequest{Title: "T", Key: "K"}, "INVALID_MESSAGE key", "key"},
		{"a key of 21 characters", pm.CreateProjectRequest{Title: "T", Key: strings.Repeat("K", 21)}, "INVALID_MESSAGE key", "key"},
		{"a key with a hyphen", pm.CreateProjectRequest{Title: "T", Key: "A-B"}, "INVALID_MESSAGE key", "key"},
		{"a key with a blank", pm.CreateProjectRequest{Title: "T", Key: "AB "}, "INVALID_MESSAGE key", "key"},
		{"a key that is not ASCII", pm.CreateProjectRequest{Title: "T", Key: "ÄB"}, "INVALID_MESSAGE key", "key"},
		{"a key of another project", pm.CreateProjectRequest{Title: "T", Key: "TAKEN"}, "VALIDATION_ERROR key", "TAKEN"},
		{"a key of another project in lower case", pm.CreateProjectRequest{Title: "T", Key: "taken"}, "VALIDATION_ERROR key", "TAKEN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			code, text := w.refusalText(createProjectRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
	w.t = t
	w.project("T", "AB")
	w.project("T", "ABCDEFGHIJ_123456789")
}

func TestUpdateProject(t *testing.T) {
	w := newWorld(t)
	id := w.project("P", "PP")
	w.item(id, task, "T", nil)
	w.member(id, ed, editor)
	w.as(ed).TimeMS += 9000
	now := w.TimeMS / 1000
	var reply pm.ProjectUpdated
	r := w.ok(updateProjectRoute, &pm.UpdateProjectRequest{
		ProjectId: strings.ToUpper(id), ExpectedVersion: 1, Title: new(" Q "), Description: new(""), Status: new(pm.ProjectStatus(2)),
	}, &reply)
	want := &pm.Project{
		Id: id, Title: "Q", Description: new(""), Key: "PP", Status: 2, Version: 2, CreatedAt: now - 9, UpdatedAt: now,
		CreatedBy: ann.String(), UpdatedBy: ed.String(), NextWorkItemNumber: 2,
	}
	list := []*pm.FieldChange{
		change("title", new("P"), new("Q")),
		change("description", nil, new("")),
		change("status", new("active"), new("archived")),
	}
	same(t, "reply", &reply, &pm.ProjectUpdated{Project: want, Changes: list, UserId: ed.String()})
	scope := abi.Scope{Kind: abi.ScopeProject, ID: string(id16b(id))}
	announced(t, r, scope, 95, pm.ActivityLogEntry{
		EntityType: "project", EntityId: id, Action: "updated", UserId: ed.String(), Timestamp: now, Comment: new("3 fields changed"),
	}, list)
	w.fsck()

	before := w.Pairs(dataSet)
	w.TimeMS += 9000
	var again pm.ProjectUpdated
	r = w.ok(updateProjectRoute, &pm.UpdateProjectRequest{
		ProjectId: id, ExpectedVersion: 2, Title: new("Q  "), Description: new(" "), Status: new(pm.ProjectStatus(2)),
	}, &again)
	same(t, "no change", &again, &pm.ProjectUpdated{Project: want, UserId: ed.String()})
	same(t, "no event", len(r.Events), 0)
	same(t, "store", w.Pairs(dataSet), before)
}

func TestUpdateProjectRefuses(t *testing.T) {
	w := newWorld(t)
	id := w.project("P", "PP")
	w.member(id, ed, editor)
	w.member(id, vic, viewer)
	w.ok(updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: id, ExpectedVersion: 1, Title: new("Q")}, nil)
	gone := w.project("R", "RR")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	long := strings.Repeat("d", 10_001)
	type update = pm.UpdateProjectRequest
	for _, tc := range []struct {
		name string
		user [16]byte
		req  update
		want string
		text string
	}{
		{"an id that is none", sue, update{ProjectId: "p1"}, "VALIDATION_ERROR project_id", ""},
		{"a project nobody knows, before permission", sue, update{ProjectId: unknownID}, "NOT_FOUND", "not found"},
		{"a deleted project", ann, update{ProjectId: gone, ExpectedVersion: 1}, "NOT_FOUND", "not found"},
		{"a stranger, before the version", sue, update{ProjectId: id}, "UNAUTHORIZED", ""},
		{"a viewer", vic, update{ProjectId: id, ExpectedVersion: 2}, "UNAUTHORIZED", ""},
		{"an old version, before the title", ed, update{ProjectId: id, ExpectedVersion: 1, Title: new("")}, "CONFLICT", "2"},
		{"an empty title, before the description", ed, update{ProjectId: id, ExpectedVersion: 2, Title: new(" "), Description: &long}, "INVALID_MESSAGE title", "title"},
		{"a long title", ed, update{ProjectId: id, ExpectedVersion: 2, Title: new(strings.Repeat("t", 201))}, "INVALID_MESSAGE title", "title"},
		{"a long description, before the status", ed, update{ProjectId: id, ExpectedVersion: 2, Description: &long, Status: new(pm.ProjectStatus(0))}, "VALIDATION_ERROR description", "description"},
		{"status 0", ed, update{ProjectId: id, ExpectedVersion: 2, Status: new(pm.ProjectStatus(0))}, "VALIDATION_ERROR status", ""},
		{"status 3", ed, update{ProjectId: id, ExpectedVersion: 2, Status: new(pm.ProjectStatus(3))}, "VALIDATION_ERROR status", ""},
		{"a negative status", ed, update{ProjectId: id, ExpectedVersion: 2, Status: new(pm.ProjectStatus(-1))}, "VALIDATION_ERROR status", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(updateProjectRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestProjectVersionsEnd(t *testing.T) {
	w := newWorld(t)
	id := w.project("P", "PP")
	w.raw(func(c *guest.Call) {
		p, err := lookUpProject(c, id16(id))
		if err != nil {
			t.Fatal(err)
		}
		p.Version = math.MaxInt32
		store(c, projectKey(id16(id)), p)
	})
	code, text := w.refusalText(updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: id, ExpectedVersion: math.MaxInt32, Title: new("U")})
	if code != "CONFLICT" || !strings.Contains(text, "2147483647") {
		t.Fatalf("got %s %q", code, text)
	}
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: id, ExpectedVersion: math.MaxInt32}, nil)
}

func TestDeleteProject(t *testing.T) {
	w := newWorld(t)
	id := w.project("P", "PP")
	it := w.item(id, task, "T", nil)
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: it.Id}, nil)
	w.TimeMS += 1000
	var reply pm.ProjectDeleted
	r := w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: id, ExpectedVersion: 1}, &reply)
	same(t, "reply", &reply, &pm.ProjectDeleted{ProjectId: id, UserId: ann.String()})
	announced(t, r, abi.Scope{Kind: abi.ScopeProject, ID: string(id16b(id))}, 96, pm.ActivityLogEntry{
		EntityType: "project", EntityId: id, Action: "deleted", UserId: ann.String(), Timestamp: w.TimeMS / 1000,
	}, nil)
	w.fsck()

	again := w.project("P again", "pp")
	w.fsck()
	var list pm.ProjectList
	w.ok(listProjectsRoute, &pm.ListProjectsRequest{}, &list)
	if len(list.Projects) != 1 || list.Projects[0].Id != again {
		t.Fatalf("list: %s", show(list))
	}
	same(t, "items of the deleted project", len(w.list(id)), 0)
}

func TestDeleteProjectRefuses(t *testing.T) {
	w := newWorld(t)
	id := w.project("P", "PP")
	w.member(id, ed, editor)
	for range 12 {
		w.item(id, task, "T", nil)
	}
	gone := w.project("R", "RR")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	for _, tc := range []struct {
		name    string
		user    [16]byte
		id      string
		version int32
		want    string
		text    string
	}{
		{"an id that is none", sue, "p1", 0, "VALIDATION_ERROR project_id", ""},
		{"a project nobody knows, before permission", sue, unknownID, 0, "NOT_FOUND", "not found"},
		{"a project that is deleted already", ann, gone, 1, "NOT_FOUND", "not found"},
		{"an editor, before the version", ed, id, 0, "UNAUTHORIZED", ""},
		{"an old version, before the items", ann, id, 0, "CONFLICT", "1"},
		{"a project with items", ann, id, 1, "DELETE_BLOCKED", "12"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: tc.id, ExpectedVersion: tc.version})
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestListProjects(t *testing.T) {
	w := newWorld(t)
	ids := map[string]string{}
	for _, p := range [][2]string{{"beta", "B1"}, {"Zeta", "Z1"}, {"alpha", "A1"}, {"beta", "B0"}} {
		ids[p[1]] = w.project(p[0], p[1])
	}
	w.as(ed)
	ids["E1"] = w.project("Ed's", "E1")
	w.item(ids["E1"], task, "T", nil)
	w.ok(updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: ids["E1"], ExpectedVersion: 1, Status: new(pm.ProjectStatus(2))}, nil)
	w.as(ann).member(ids["Z1"], vic, viewer)
	w.member(ids["A1"], vic, admin)

	for _, tc := range []struct {
		name string
		mode abi.AuthMode
		user [16]byte
		want string
	}{
		{"with authentication a user sees the projects he is in, by title", abi.AuthToken, vic, "Z1 A1"},
		{"archived ones too", abi.AuthToken, ed, "E1"},
		{"equal titles go by key", abi.AuthToken, ann, "Z1 A1 B0 B1"},
		{"a stranger sees none", abi.AuthToken, sue, ""},
		{"without authentication everybody sees all", abi.AuthDesktop, sue, "E1 Z1 A1 B0 B1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			w.Identity.Mode = tc.mode
			var reply pm.ProjectList
			w.ok(listProjectsRoute, &pm.ListProjectsRequest{}, &reply)
			var keys []string
			for _, p := range reply.Projects {
				same(t, "id", p.Id, ids[p.Key])
				keys = append(keys, p.Key)
			}
			same(t, "keys", strings.Join(keys, " "), tc.want)
		})
	}
	var reply pm.ProjectList
	w.Identity.Mode = abi.AuthToken
	w.as(ed).ok(listProjectsRoute, &pm.ListProjectsRequest{}, &reply)
	now := w.TimeMS / 1000
	same(t, "a whole project", reply.Projects, []*pm.Project{{
		Id: ids["E1"], Title: "Ed's", Key: "E1", Status: 2, Version: 2, CreatedAt: now, UpdatedAt: now,
		CreatedBy: ed.String(), UpdatedBy: ed.String(), NextWorkItemNumber: 2,
	}})
}
