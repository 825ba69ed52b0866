package board

import (
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

const day = 86400

func TestCreateSprint(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	w.as(ed)
	now := w.TimeMS / 1000
	var reply pm.SprintCreated
	r := w.ok(createSprintRoute, &pm.CreateSprintRequest{
		ProjectId: strings.ToUpper(project), Name: "  <script>One ", Goal: new(" to be done "), StartDate: now - 365*day, EndDate: now + 1825*day,
	}, &reply)
	id := reply.Sprint.Id
	want := &pm.Sprint{
		Id: id, ProjectId: project, Name: "&lt;script>One", Goal: new("to be done"), StartDate: now - 365*day, EndDate: now + 1825*day, Status: 1,
		CreatedAt: now, UpdatedAt: now, CreatedBy: ed.String(), UpdatedBy: ed.String(), Version: 1,
	}
	same(t, "reply", &reply, &pm.SprintCreated{Sprint: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 60, pm.ActivityLogEntry{
		EntityType: "sprint", EntityId: id, Action: "created", UserId: ed.String(), Timestamp: now,
	}, nil, abi.Scope{Kind: abi.ScopeSprint, ID: string(id16b(id))})
	var list pm.SprintsList
	w.ok(getSprintsRoute, &pm.GetSprintsRequest{ProjectId: project}, &list)
	same(t, "list", list.Sprints, []*pm.Sprint{want})
	w.fsck()
}

func TestCreateSprintRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, vic, viewer)
	gone := w.project("R", "RR")
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	now := w.TimeMS / 1000
	long := strings.Repeat("g", 10_001)
	type create = pm.CreateSprintRequest
	for _, tc := range []struct {
		name string
		user [16]byte
		req  create
		want string
		text string
	}{
		{"no name, before the dates", sue, create{Name: " ", StartDate: now + 1, EndDate: now}, "INVALID_MESSAGE name", "name"},
		{"a name of 101 characters", ann, create{Name: strings.Repeat("é", 101), ProjectId: project, StartDate: now, EndDate: now + 1}, "INVALID_MESSAGE name", "name"},
		{"an end before the start, before the goal", sue, create{Name: "S", Goal: &long, StartDate: now + 1, EndDate: now}, "INVALID_MESSAGE start_date", "start_date"},
		{"an end at the start", ann, create{Name: "S", ProjectId: project, StartDate: now, EndDate: now}, "INVALID_MESSAGE start_date", "start_date"},
		{"no dates", ann, create{Name: "S", ProjectId: project}, "INVALID_MESSAGE start_date", "start_date"},
		{"a start more than a year ago", ann, create{Name: "S", ProjectId: project, StartDate: now - 365*day - 1, EndDate: now}, "INVALID_MESSAGE start_date", "start_date"},
		{"a start more than five years ahead", ann, create{Name: "S", ProjectId: project, StartDate: now + 1825*day + 1, EndDate: now + 1825*day + 2}, "INVALID_MESSAGE start_date", "start_date"},
		{"an end more than five years ahead", ann, create{Name: "S", ProjectId: project, StartDate: now, EndDate: now + 1825*day + 1}, "INVALID_MESSAGE end_date", "end_date"},
		{"an end at the end of time", ann, create{Name: "S", ProjectId: project, StartDate: now, EndDate: 1<<63 - 1}, "INVALID_MESSAGE end_date", "end_date"},
		{"a goal of 10001 characters, before the project", sue, create{Name: "S", Goal: &long, StartDate: now, EndDate: now + 1}, "VALIDATION_ERROR goal", "goal"},
		{"a project id that is none", sue, create{Name: "S", ProjectId: "p", StartDate: now, EndDate: now + 1}, "VALIDATION_ERROR project_id", ""},
		{"a project nobody knows", ann, create{Name: "S", ProjectId: unknownID, StartDate: now, EndDate: now + 1}, "UNAUTHORIZED", ""},
		{"a viewer", vic, create{Name: "S", ProjectId: project, StartDate: now, EndDate: now + 1}, "UNAUTHORIZED", ""},
		{"a deleted project", ann, create{Name: "S", ProjectId: gone, StartDate: now, EndDate: now + 1}, "NOT_FOUND", "not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(createSprintRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

func TestSprintNamesHaveTheOperatorsLimit(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	sprint := w.sprint(project)
	w.Settings["validation.max_sprint_name_length"] = "3"
	w.Settings["validation.max_description_length"] = "2"
	now := w.TimeMS / 1000
	same(t, "create", w.refusal(createSprintRoute, &pm.CreateSprintRequest{ProjectId: project, Name: "four", StartDate: now, EndDate: now + 1}), "INVALID_MESSAGE name")
	same(t, "update", w.refusal(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: sprint.Id, ExpectedVersion: 1, Name: new("four")}), "INVALID_MESSAGE name")
	same(t, "goal", w.refusal(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: sprint.Id, ExpectedVersion: 1, Goal: new("abc")}), "VALIDATION_ERROR goal")
	w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: sprint.Id, ExpectedVersion: 1, Name: new("abc"), Goal: new("ab")}, nil)
}

// So many sprints are the most, also when they are deleted, and a member can still be removed.
func TestAProjectHasALimitedNumberOfSprints(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.raw(func(c *guest.Call) {
		for n := int32(1); n < maxSprints; n++ {
			id := newUUID(c)
			sprints.insert(c, place{id16(project), n}, id, &pm.Sprint{Id: id.String(), ProjectId: project})
		}
	})
	last := w.sprint(project)
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: last.Id}, nil)
	now := w.TimeMS / 1000
	code, text := w.refusalText(createSprintRoute, &pm.CreateSprintRequest{ProjectId: project, Name: "S", StartDate: now, EndDate: now + 1})
	if code != "CONFLICT" || !strings.Contains(text, "5000") {
		t.Errorf("%s %q", code, text)
	}
	same(t, "revoked", len(w.unmember(project, ann).Revoked), maxSprints+1)
}

func TestUpdateSprintListsEveryChangeInOrder(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	sprint := w.sprint(project)
	w.member(project, ed, editor)
	w.as(ed).TimeMS += 5000
	now := w.TimeMS / 1000
	var reply pm.SprintUpdated
	r := w.ok(updateSprintRoute, &pm.UpdateSprintRequest{
		SprintId: sprint.Id, ExpectedVersion: 1, Name: new(" T "), Goal: new(" g "), StartDate: new(int64(951_782_400)),
		EndDate: new(int64(4_107_542_399)), Status: new(pm.SprintStatus_ACTIVE),
	}, &reply)
	want := *sprint
	want.Name, want.Goal, want.StartDate, want.EndDate, want.Status = "T", new("g"), 951_782_400, 4_107_542_399, 2
	want.Version, want.UpdatedAt, want.UpdatedBy = 2, now, ed.String()
	list := []*pm.FieldChange{
		change("name", new("S"), new("T")),
		change("goal", nil, new("g")),
		change("start_date", new("2023-11-14T22:13:20+00:00"), new("2000-02-29T00:00:00+00:00")),
		change("end_date", new("2023-11-28T22:13:20+00:00"), new("2100-02-28T23:59:59+00:00")),
		change("status", new("planned"), new("active")),
	}
	same(t, "reply", &reply, &pm.SprintUpdated{Sprint: &want, Changes: list, UserId: ed.String()})
	announced(t, r, modelScope(project), 61, pm.ActivityLogEntry{
		EntityType: "sprint", EntityId: sprint.Id, Action: "updated", UserId: ed.String(), Timestamp: now, Comment: new("5 fields changed"),
	}, list, abi.Scope{Kind: abi.ScopeSprint, ID: string(id16b(sprint.Id))})

	before := w.Pairs(dataSet)
	var again pm.SprintUpdated
	r = w.ok(updateSprintRoute, &pm.UpdateSprintRequest{
		SprintId: sprint.Id, ExpectedVersion: 2, Name: new("T "), Goal: new("g"), StartDate: &want.StartDate, Status: new(pm.SprintStatus_ACTIVE),
	}, &again)
	same(t, "no change", &again, &pm.SprintUpdated{Sprint: &want, UserId: ed.String()})
	same(t, "no event", len(r.Events), 0)
	same(t, "store", w.Pairs(dataSet), before)
	w.fsck()
}

func TestUpdateSprintRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	sprint, active, done, gone := w.sprint(project).Id, w.sprint(project).Id, w.sprint(project).Id, w.sprint(project).Id
	set := func(id string, version int32, status pm.SprintStatus) {
		w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: id, ExpectedVersion: version, Status: &status}, nil)
	}
	set(done, 1, 2)
	set(done, 2, 3)
	set(active, 1, 2)
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: gone}, nil)
	type update = pm.UpdateSprintRequest
	status := func(n int32) *pm.SprintStatus { return new(pm.SprintStatus(n)) }
	start, end := w.TimeMS/1000, w.TimeMS/1000+14*day
	for _, tc := range []struct {
		name string
		user [16]byte
		req  update
		want string
		text string
	}{
		{"an id that is none", sue, update{SprintId: "s"}, "VALIDATION_ERROR sprint_id", ""},
		{"a sprint nobody knows, before permission", sue, update{SprintId: unknownID}, "NOT_FOUND", "not found"},
		{"a deleted sprint", ann, update{SprintId: gone, ExpectedVersion: 1}, "NOT_FOUND", "not found"},
		{"a stranger, before the version", sue, update{SprintId: sprint}, "UNAUTHORIZED", ""},
		{"a viewer", vic, update{SprintId: sprint, ExpectedVersion: 1}, "UNAUTHORIZED", ""},
		{"another version, before the name", ed, update{SprintId: sprint, ExpectedVersion: 4, Name: new("")}, "CONFLICT", "1"},
		{"no version", ed, update{SprintId: sprint}, "CONFLICT", "1"},
		{"an old version of a completed sprint", ed, update{SprintId: done, ExpectedVersion: 1}, "CONFLICT", "3"},
		{"a completed sprint, before the name", ed, update{SprintId: done, ExpectedVersion: 3, Name: new("")}, "CONFLICT", "3"},
		{"a completed sprint and nothing to change", ed, update{SprintId: done, ExpectedVersion: 3}, "CONFLICT", "3"},
		{"no name, before the goal", ed, update{SprintId: sprint, ExpectedVersion: 1, Name: new(" "), Goal: new(strings.Repeat("g", 10_001))}, "INVALID_MESSAGE name", "name"},
		{"a long name", ed, update{SprintId: sprint, ExpectedVersion: 1, Name: new(strings.Repeat("n", 101))}, "INVALID_MESSAGE name", "name"},
		{"a long goal, before the dates", ed, update{SprintId: sprint, ExpectedVersion: 1, Goal: new(strings.Repeat("g", 10_001)), StartDate: new(int64(1 << 62))}, "VALIDATION_ERROR goal", "goal"},
		{"a start that is no date, before the end", ed, update{SprintId: sprint, ExpectedVersion: 1, StartDate: new(int64(253_402_300_800)), EndDate: new(int64(-1 << 63))}, "VALIDATION_ERROR start_date", "start_date"},
		{"an end that is no date, before the status", ed, update{SprintId: sprint, ExpectedVersion: 1, EndDate: new(int64(-62_167_219_201)), Status: status(9)}, "VALIDATION_ERROR end_date", "end_date"},
		{"no status, before the order of dates", ed, update{SprintId: sprint, ExpectedVersion: 1, Status: status(0), EndDate: &start}, "VALIDATION_ERROR status", ""},
		{"an unknown status", ed, update{SprintId: sprint, ExpectedVersion: 1, Status: status(5)}, "VALIDATION_ERROR status", ""},
		{"an unknown, negative status", ed, update{SprintId: sprint, ExpectedVersion: 1, Status: status(-1)}, "VALIDATION_ERROR status", ""},
		{"a step that is not possible", ed, update{SprintId: sprint, ExpectedVersion: 1, Status: status(3)}, "VALIDATION_ERROR status", "Invalid status transition from planned to completed"},
		{"a second active sprint", ed, update{SprintId: sprint, ExpectedVersion: 1, Status: status(2)}, "CONFLICT", "1"},
		{"an end before the stored start", ed, update{SprintId: sprint, ExpectedVersion: 1, EndDate: new(start - 1)}, "VALIDATION_ERROR start_date", "start_date"},
		{"a start at the stored end", ed, update{SprintId: sprint, ExpectedVersion: 1, StartDate: &end}, "VALIDATION_ERROR start_date", "start_date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(updateSprintRoute, &tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}
