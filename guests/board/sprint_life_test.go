package board

import (
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
)

func TestSprintTransitions(t *testing.T) {
	paths := map[pm.SprintStatus][]pm.SprintStatus{1: nil, 2: {2}, 3: {2, 3}, 4: {4}}
	for from, path := range paths {
		for to := pm.SprintStatus(1); to <= 4; to++ {
			t.Run(sprintStatusWords[from]+" to "+sprintStatusWords[to], func(t *testing.T) {
				w := newWorld(t)
				id, version := w.sprint(w.project("P", "PP")).Id, int32(1)
				for _, status := range path {
					w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: id, ExpectedVersion: version, Status: &status}, nil)
					version++
				}
				req := &pm.UpdateSprintRequest{SprintId: id, ExpectedVersion: version, Status: &to}
				switch {
				case from == 3:
					same(t, "refusal", w.refusal(updateSprintRoute, req), "CONFLICT")
				case !modelTransitions[[2]pm.SprintStatus{from, to}]:
					code, text := w.refusalText(updateSprintRoute, req)
					same(t, "refusal", code, "VALIDATION_ERROR status")
					if !strings.Contains(text, sprintStatusWords[from]) || !strings.Contains(text, sprintStatusWords[to]) {
						t.Errorf("text %q", text)
					}
				default:
					w.ok(updateSprintRoute, req, nil)
				}
				w.fsck()
			})
		}
	}
}

func TestTheNextSprintMayBeActiveWhenTheOneBeforeEnds(t *testing.T) {
	w := newWorld(t)
	project, other := w.project("P", "PP"), w.project("Q", "QQ")
	activate := func(id string) *pm.UpdateSprintRequest {
		return &pm.UpdateSprintRequest{SprintId: id, ExpectedVersion: 1, Status: new(pm.SprintStatus_ACTIVE)}
	}
	next := w.sprint(project).Id
	for _, end := range []pm.SprintStatus{pm.SprintStatus_COMPLETED, pm.SprintStatus_CANCELLED, 0} {
		w.ok(updateSprintRoute, activate(next), nil)
		before := next
		next = w.sprint(project).Id
		same(t, "second", w.refusal(updateSprintRoute, activate(next)), "CONFLICT")
		if end == 0 {
			w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: before}, nil)
		} else {
			w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: before, ExpectedVersion: 2, Status: &end}, nil)
		}
		w.fsck()
	}
	w.ok(updateSprintRoute, activate(next), nil)
	w.ok(updateSprintRoute, activate(w.sprint(other).Id), nil)
	w.fsck()
}

func TestDeleteSprint(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	sprint, done := w.sprint(project), w.sprint(project)
	it := w.item(project, task, "T", nil)
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, SprintId: &sprint.Id}, nil)
	for i, status := range []pm.SprintStatus{2, 3} {
		w.ok(updateSprintRoute, &pm.UpdateSprintRequest{SprintId: done.Id, ExpectedVersion: int32(i + 1), Status: &status}, nil)
	}
	for name, tc := range map[string]struct {
		user [16]byte
		id   string
		want string
	}{
		"an id that is none":               {sue, "s", "VALIDATION_ERROR sprint_id"},
		"a sprint nobody knows":            {sue, unknownID, "NOT_FOUND"},
		"an editor":                        {ed, sprint.Id, "UNAUTHORIZED"},
		"a completed sprint":               {ann, done.Id, "DELETE_BLOCKED"},
		"a completed sprint, by an editor": {ed, done.Id, "UNAUTHORIZED"},
	} {
		w.as(tc.user)
		same(t, name, w.refusal(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: tc.id}), tc.want)
	}

	w.as(ann).TimeMS += 1000
	var reply pm.SprintDeleted
	r := w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: strings.ToUpper(sprint.Id)}, &reply)
	same(t, "reply", &reply, &pm.SprintDeleted{SprintId: sprint.Id, UserId: ann.String()})
	announced(t, r, modelScope(project), 62, pm.ActivityLogEntry{
		EntityType: "sprint", EntityId: sprint.Id, Action: "deleted", UserId: ann.String(), Timestamp: w.TimeMS / 1000,
	}, nil, abi.Scope{Kind: abi.ScopeSprint, ID: string(id16b(sprint.Id))})
	same(t, "again", w.refusal(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: sprint.Id}), "NOT_FOUND")
	same(t, "items keep it", w.list(project)[0].SprintId, &sprint.Id)
	w.fsck()
}

func TestListSprints(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	now := w.TimeMS / 1000
	var ids []string
	for _, start := range []int64{5, 9, 5, 9, -1} {
		var reply pm.SprintCreated
		w.ok(createSprintRoute, &pm.CreateSprintRequest{ProjectId: project, Name: "S", StartDate: now + start, EndDate: now + 100}, &reply)
		ids = append(ids, reply.Sprint.Id)
	}
	w.sprint(w.project("Q", "QQ"))
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: ids[2]}, nil)
	var list pm.SprintsList
	w.ok(getSprintsRoute, &pm.GetSprintsRequest{ProjectId: project}, &list)
	var got []string
	for _, s := range list.Sprints {
		got = append(got, s.Id)
	}
	same(t, "the newest start first, then as created", got, []string{ids[1], ids[3], ids[0], ids[4]})

	same(t, "an id that is none", w.refusal(getSprintsRoute, &pm.GetSprintsRequest{}), "VALIDATION_ERROR project_id")
	w.as(sue)
	same(t, "a stranger", w.refusal(getSprintsRoute, &pm.GetSprintsRequest{ProjectId: project}), "UNAUTHORIZED")
}
