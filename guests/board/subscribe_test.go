package board

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
)

func TestSubscribe(t *testing.T) {
	w := newWorld(t)
	one, two := w.project("P", "PP"), w.project("Q", "QQ")
	w.member(one, vic, viewer)
	sprint, deleted, theirs := w.sprint(one).Id, w.sprint(one).Id, w.sprint(two).Id
	w.ok(deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: deleted}, nil)
	gone := w.project("R", "RR")
	w.member(gone, vic, viewer)
	w.ok(deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: gone, ExpectedVersion: 1}, nil)
	w.as(vic)
	scope := func(kind abi.ScopeKind, id string) abi.Scope { return abi.Scope{Kind: kind, ID: id} }
	project := scope(abi.ScopeProject, string(id16b(one)))

	for _, tc := range []struct {
		name string
		req  pm.Subscribe
		want string // refusal
		held []abi.Scope
	}{
		{name: "nothing", held: nil},
		{name: "a project", req: pm.Subscribe{ProjectIds: []string{one}}, held: []abi.Scope{project}},
		{name: "a project in many forms counts once", req: pm.Subscribe{ProjectIds: []string{one, strings.ToUpper(one), "{" + one + "}", "urn:uuid:" + one}}, held: []abi.Scope{project}},
		{name: "a deleted project one was in", req: pm.Subscribe{ProjectIds: []string{gone}}, held: []abi.Scope{scope(abi.ScopeProject, string(id16b(gone)))}},
		{name: "a sprint", req: pm.Subscribe{SprintIds: []string{sprint}}, held: []abi.Scope{scope(abi.ScopeSprint, string(id16b(sprint)))}},
		{name: "a deleted sprint", req: pm.Subscribe{SprintIds: []string{deleted}}, held: []abi.Scope{scope(abi.ScopeSprint, string(id16b(deleted)))}},
		{
			name: "texts that are no ids only count", req: pm.Subscribe{ProjectIds: []string{"p1", ""}, SprintIds: []string{"s1", strings.Repeat("x", 100)}, ResumeAfter: new(int64(4))},
			held: []abi.Scope{scope(abi.ScopeInert, "p1"), scope(abi.ScopeInert, "\x00"), scope(abi.ScopeInert, "s1"), scope(abi.ScopeInert, strings.Repeat("x", 64))},
		},
		{name: "a project of others beside one's own", req: pm.Subscribe{ProjectIds: []string{one, two}}, want: "UNAUTHORIZED"},
		{name: "a project nobody knows", req: pm.Subscribe{ProjectIds: []string{unknownID}}, want: "UNAUTHORIZED"},
		{name: "a sprint of others", req: pm.Subscribe{ProjectIds: []string{one}, SprintIds: []string{theirs}}, want: "UNAUTHORIZED"},
		{name: "a sprint nobody knows", req: pm.Subscribe{SprintIds: []string{unknownID}}, want: "UNAUTHORIZED"},
		{name: "the nil id as sprint", req: pm.Subscribe{SprintIds: []string{"00000000-0000-0000-0000-000000000000"}}, want: "UNAUTHORIZED"},
		{name: "a sprint given as a project", req: pm.Subscribe{ProjectIds: []string{sprint}}, want: "UNAUTHORIZED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.Held = map[abi.Scope]bool{}
			want := map[abi.Scope]bool{}
			for _, s := range tc.held {
				want[s] = true
			}
			if tc.want != "" {
				same(t, "refusal", w.refusal(subscribeRoute, &tc.req), tc.want)
			} else {
				r := w.ok(subscribeRoute, &tc.req, nil)
				same(t, "reply", len(r.Reply), 0)
			}
			same(t, "held", w.Held, want)
		})
	}
}

func TestSubscribeLimit(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	words := func(from, to int) (ids []string) {
		for i := from; i < to; i++ {
			ids = append(ids, "p"+strconv.Itoa(i))
		}
		return ids
	}
	w.ok(subscribeRoute, &pm.Subscribe{ProjectIds: words(0, 999)}, nil)
	w.ok(subscribeRoute, &pm.Subscribe{ProjectIds: words(0, 999), SprintIds: words(5, 10)}, nil)
	same(t, "two more", w.refusal(subscribeRoute, &pm.Subscribe{ProjectIds: []string{project, "x"}}), "VALIDATION_ERROR project_ids")
	same(t, "none was added", len(w.Held), 999)
	same(t, "one more of each", w.refusal(subscribeRoute, &pm.Subscribe{ProjectIds: []string{project}, SprintIds: []string{"s1"}}), "VALIDATION_ERROR sprint_ids")
	w.ok(subscribeRoute, &pm.Subscribe{ProjectIds: []string{project}}, nil)
	same(t, "full", w.refusal(subscribeRoute, &pm.Subscribe{SprintIds: []string{"s1"}}), "VALIDATION_ERROR sprint_ids")
	w.ok(unsubscribeRoute, &pm.Unsubscribe{ProjectIds: []string{"p5"}}, nil)
	w.ok(subscribeRoute, &pm.Subscribe{SprintIds: []string{"s1"}}, nil)

	w.Held = map[abi.Scope]bool{}
	w.ok(subscribeRoute, &pm.Subscribe{ProjectIds: slices.Repeat([]string{project}, 1001)}, nil)
	same(t, "the same many times", len(w.Held), 1)
	same(t, "too many at once", w.refusal(subscribeRoute, &pm.Subscribe{ProjectIds: words(0, 1001)}), "VALIDATION_ERROR project_ids")
}

func TestUnsubscribe(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	sprint := w.sprint(project).Id
	w.ok(subscribeRoute, &pm.Subscribe{ProjectIds: []string{project, "p1", ""}, SprintIds: []string{sprint, "s1"}}, nil)
	same(t, "held", len(w.Held), 5)
	w.as(sue) // whoever asks
	w.ok(unsubscribeRoute, &pm.Unsubscribe{
		ProjectIds: []string{strings.ToUpper(project), "p1", "", unknownID}, SprintIds: []string{sprint, "s1", sprint},
	}, nil)
	same(t, "held", w.Held, map[abi.Scope]bool{})
}
