package board

import (
	ref "github.com/google/uuid"
	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/guests/board/pm"
)

func (s *session) stepCreateSprint(t *rapid.T) {
	s.t = t
	req := &pm.CreateSprintRequest{
		ProjectId: s.drawProject(t), Name: drawTitle(t), Goal: drawOptional(t, "goal", drawText),
		StartDate: s.drawDate(t), EndDate: s.drawDate(t),
	}
	got := &pm.SprintCreated{}
	compare(s, createSprintRoute, req, got, func() string { return got.Sprint.Id }, func() (*pm.SprintCreated, string) { return s.createSprint(req) })
}

func (s *session) stepUpdateSprint(t *rapid.T) {
	s.t = t
	req := &pm.UpdateSprintRequest{
		SprintId: s.drawSprint(t), ExpectedVersion: rapid.SampledFrom([]int32{0, 0, 0, 0, 1}).Draw(t, "version off by"),
		Name: drawOptional(t, "name", drawTitle), Goal: drawOptional(t, "goal", drawText),
	}
	if sprint := s.liveSprint(canonical(req.SprintId)); sprint != nil {
		req.ExpectedVersion += sprint.Version
	}
	switch rapid.IntRange(0, 3).Draw(t, "with dates") {
	case 0:
		req.StartDate = new(s.drawDate(t))
	case 1:
		req.EndDate = new(s.drawDate(t))
	}
	if rapid.Bool().Draw(t, "with status") {
		req.Status = new(pm.SprintStatus(rapid.Int32Range(0, 5).Draw(t, "status")))
	}
	compare(s, updateSprintRoute, req, &pm.SprintUpdated{}, nil, func() (*pm.SprintUpdated, string) { return s.updateSprint(req) })
}

// stepSprintStatus only changes the status of a sprint, which is refused often enough.
func (s *session) stepSprintStatus(t *rapid.T) {
	s.t = t
	req := &pm.UpdateSprintRequest{SprintId: s.drawSprint(t), Status: new(pm.SprintStatus(rapid.SampledFrom([]int32{1, 2, 2, 2, 3, 3, 4}).Draw(t, "status")))}
	if sprint := s.liveSprint(canonical(req.SprintId)); sprint != nil {
		req.ExpectedVersion = sprint.Version
	}
	compare(s, updateSprintRoute, req, &pm.SprintUpdated{}, nil, func() (*pm.SprintUpdated, string) { return s.updateSprint(req) })
}

func (s *session) stepDeleteSprint(t *rapid.T) {
	s.t = t
	req := &pm.DeleteSprintRequest{SprintId: s.drawSprint(t)}
	compare(s, deleteSprintRoute, req, &pm.SprintDeleted{}, nil, func() (*pm.SprintDeleted, string) { return s.deleteSprint(req) })
}

func (s *session) stepListSprints(t *rapid.T) {
	s.t = t
	req := &pm.GetSprintsRequest{ProjectId: s.drawProject(t)}
	compare(s, getSprintsRoute, req, &pm.SprintsList{}, nil, func() (*pm.SprintsList, string) { return s.listSprints(req) })
}

func (s *session) stepCreateComment(t *rapid.T) {
	s.t = t
	req := &pm.CreateCommentRequest{WorkItemId: s.drawItem(t), Content: drawTitle(t)}
	got := &pm.CommentCreated{}
	compare(s, createCommentRoute, req, got, func() string { return got.Comment.Id }, func() (*pm.CommentCreated, string) { return s.createComment(req) })
}

func (s *session) stepUpdateComment(t *rapid.T) {
	s.t = t
	req := &pm.UpdateCommentRequest{CommentId: s.drawComment(t), Content: drawTitle(t)}
	compare(s, updateCommentRoute, req, &pm.CommentUpdated{}, nil, func() (*pm.CommentUpdated, string) { return s.updateComment(req) })
}

func (s *session) stepDeleteComment(t *rapid.T) {
	s.t = t
	req := &pm.DeleteCommentRequest{CommentId: s.drawComment(t)}
	compare(s, deleteCommentRoute, req, &pm.CommentDeleted{}, nil, func() (*pm.CommentDeleted, string) { return s.deleteComment(req) })
}

func (s *session) stepListComments(t *rapid.T) {
	s.t = t
	req := &pm.GetCommentsRequest{WorkItemId: s.drawItem(t)}
	compare(s, getCommentsRoute, req, &pm.CommentsList{}, nil, func() (*pm.CommentsList, string) { return s.listComments(req) })
}

func (s *session) stepStartTimer(t *rapid.T) {
	s.t = t
	req := &pm.StartTimerRequest{WorkItemId: s.drawItem(t), Description: drawOptional(t, "description", drawText)}
	got := &pm.TimerStarted{}
	compare(s, startTimerRoute, req, got, func() string { return got.TimeEntry.Id }, func() (*pm.TimerStarted, string) { return s.startTimer(req) })
}

func (s *session) stepStopTimer(t *rapid.T) {
	s.t = t
	req := &pm.StopTimerRequest{TimeEntryId: s.drawEntry(t)}
	if e := s.running(); e != nil && rapid.Bool().Draw(t, "one's own") {
		req.TimeEntryId = e.Id
	}
	compare(s, stopTimerRoute, req, &pm.TimerStopped{}, nil, func() (*pm.TimerStopped, string) { return s.stopTimer(req) })
}

func (s *session) stepCreateEntry(t *rapid.T) {
	s.t = t
	req := &pm.CreateTimeEntryRequest{WorkItemId: s.drawItem(t), StartedAt: s.drawTime(t), EndedAt: s.drawTime(t), Description: drawOptional(t, "description", drawText)}
	got := &pm.TimeEntryCreated{}
	compare(s, createEntryRoute, req, got, func() string { return got.TimeEntry.Id }, func() (*pm.TimeEntryCreated, string) { return s.createEntry(req) })
}

func (s *session) stepUpdateEntry(t *rapid.T) {
	s.t = t
	req := &pm.UpdateTimeEntryRequest{TimeEntryId: s.drawEntry(t), Description: drawOptional(t, "description", drawText)}
	if rapid.Bool().Draw(t, "with start") {
		req.StartedAt = new(s.drawTime(t))
	}
	if rapid.Bool().Draw(t, "with end") {
		req.EndedAt = new(s.drawTime(t))
	}
	compare(s, updateEntryRoute, req, &pm.TimeEntryUpdated{}, nil, func() (*pm.TimeEntryUpdated, string) { return s.updateEntry(req) })
}

func (s *session) stepDeleteEntry(t *rapid.T) {
	s.t = t
	req := &pm.DeleteTimeEntryRequest{TimeEntryId: s.drawEntry(t)}
	compare(s, deleteEntryRoute, req, &pm.TimeEntryDeleted{}, nil, func() (*pm.TimeEntryDeleted, string) { return s.deleteEntry(req) })
}

func (s *session) stepListEntries(t *rapid.T) {
	s.t = t
	req := &pm.GetTimeEntriesRequest{WorkItemId: s.drawItem(t)}
	if rapid.Bool().Draw(t, "paged") {
		req.Limit, req.Offset = new(rapid.Int32Range(-1, 3).Draw(t, "limit")), new(rapid.Int32Range(-1, 3).Draw(t, "offset"))
	}
	compare(s, getEntriesRoute, req, &pm.TimeEntriesList{}, nil, func() (*pm.TimeEntriesList, string) { return s.listEntries(req) })
}

func (s *session) stepRunningTimer(t *rapid.T) {
	s.t = t
	compare(s, getTimerRoute, &pm.GetRunningTimerRequest{}, &pm.RunningTimerResponse{}, nil, func() (*pm.RunningTimerResponse, string) { return s.runningTimer(), "" })
}

func (s *session) stepCreateLink(t *rapid.T) {
	s.t = t
	req := &pm.CreateDependencyRequest{
		BlockingItemId: s.drawItem(t), BlockedItemId: s.drawItem(t),
		DependencyType: pm.DependencyType(rapid.SampledFrom([]int32{1, 1, 1, 1, 2, 2, 0, 3}).Draw(t, "type")),
	}
	got := &pm.DependencyCreated{}
	compare(s, createLinkRoute, req, got, func() string { return got.Dependency.Id }, func() (*pm.DependencyCreated, string) { return s.createLink(req) })
}

func (s *session) stepDeleteLink(t *rapid.T) {
	s.t = t
	req := &pm.DeleteDependencyRequest{DependencyId: s.drawLink(t)}
	compare(s, deleteLinkRoute, req, &pm.DependencyDeleted{}, nil, func() (*pm.DependencyDeleted, string) { return s.deleteLink(req) })
}

func (s *session) stepListLinks(t *rapid.T) {
	s.t = t
	req := &pm.GetDependenciesRequest{WorkItemId: s.drawItem(t)}
	compare(s, getLinksRoute, req, &pm.DependenciesList{}, nil, func() (*pm.DependenciesList, string) { return s.listLinks(req) })
}

func (s *session) stepListActivity(t *rapid.T) {
	s.t = t
	kind := rapid.SampledFrom([]string{"project", "work_item", "sprint", "comment", "time_entry", "dependency", "", "Sprint"}).Draw(t, "kind")
	draws := map[string]func(*rapid.T) string{
		"project": s.drawProject, "work_item": s.drawItem, "sprint": s.drawSprint, "comment": s.drawComment,
		"time_entry": s.drawEntry, "dependency": s.drawLink, "": s.drawItem, "Sprint": s.drawSprint,
	}
	req := &pm.GetActivityLogRequest{
		EntityType: kind, EntityId: draws[kind](t), Limit: rapid.Int32Range(-1, 4).Draw(t, "limit"), Offset: rapid.Int32Range(-1, 4).Draw(t, "offset"),
	}
	compare(s, getActivityRoute, req, &pm.ActivityLogList{}, nil, func() (*pm.ActivityLogList, string) { return s.listActivity(req) })
}

// stepRetention deletes old history in small pieces, as the host does now and then.
func (s *session) stepRetention(t *rapid.T) {
	s.t = t
	request := abi.RetentionRequest{BeforeMS: s.TimeMS - rapid.Int64Range(0, 20_000).Draw(t, "age"), Limit: rapid.Uint32Range(1, 5).Draw(t, "limit")}
	deleted := 0
	for {
		r := s.Call(abi.RouteRetention, abi.AppendRetentionRequest(nil, &request))
		reply, ok := abi.ParseRetentionReply(r.Reply)
		if r.Refusal != nil || !ok || reply.Deleted > request.Limit {
			t.Fatalf("retention: %v, %+v", r.Refusal, reply)
		}
		deleted += int(reply.Deleted)
		if request.Cursor = reply.Cursor; len(request.Cursor) == 0 {
			break
		}
	}
	for id, rows := range s.histories {
		for len(rows) > 0 && rows[0].Timestamp < request.BeforeMS/1000 {
			rows = rows[1:]
			deleted--
		}
		s.histories[id] = rows
	}
	same(t, "rows deleted too many", deleted, 0)
}

// stepMember gives, changes or takes a role, as operators do.
func (s *session) stepMember(t *rapid.T) {
	s.t = t
	p := rapid.SampledFrom(s.projects).Draw(t, "project")
	user := rapid.SampledFrom(people).Draw(t, "user")
	request := abi.MembersRequest{Op: abi.MembersAdd, User: user, Role: rapid.SampledFrom([]string{"viewer", "editor", "admin", "owner"}).Draw(t, "role")}
	if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
		request.Op = abi.MembersRemove
	}
	s.setMember(p, request)
}

func (s *session) setMember(p *modelProject, request abi.MembersRequest) {
	request.Project = p.Id
	user := ref.UUID(request.User).String()
	role, member := p.roles[user]
	want := ""
	switch {
	case p.DeletedAt != nil:
		want = "NOT_FOUND"
	case request.Op == abi.MembersRemove && !member:
		want = "NOT_FOUND"
	case request.Op == abi.MembersRemove:
		delete(p.roles, user)
	case modelLevels[request.Role] == 0:
		want = "VALIDATION_ERROR"
	default:
		role = request.Role
		p.roles[user] = role
	}
	r := s.Call(abi.RouteMembers, abi.AppendMembersRequest(nil, &request))
	if r.Refusal != nil || want != "" {
		if r.Refusal == nil || r.Refusal.Code.String() != want {
			s.t.Fatalf("%+v: refused with %v, want %q", request, r.Refusal, want)
		}
		return
	}
	reply, ok := abi.ParseMembers(r.Reply)
	if !ok || reply.Project != id16(p.Id) || len(reply.Members) != 1 || reply.Members[0].User != request.User || reply.Members[0].Role != role {
		s.t.Fatalf("%+v: %+v", request, reply)
	}
	revoked := 0
	if request.Op == abi.MembersRemove {
		revoked = 1
		for _, sprint := range s.sprints {
			if sprint.ProjectId == p.Id {
				revoked++
			}
		}
	}
	same(s.t, "revoked", len(r.Revoked), revoked)
}
