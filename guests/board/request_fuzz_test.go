package board

import (
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
)

// Whatever bytes a client sends as a request: the call ends, with a reply or with a refusal that is the client's fault, and
// the store stays consistent.
func FuzzRequest(f *testing.F) {
	// Ids come from the stub's seeds, so the seeds below name what the zoo of each run holds.
	z := newZoo(f)
	project, it, now := z.project, z.task, z.TimeMS/1000
	for _, request := range []struct {
		route uint32
		m     record
	}{
		{subscribeRoute, &pm.Subscribe{ProjectIds: []string{project, "p1", ""}, SprintIds: []string{z.active.Id, "s1"}}},
		{unsubscribeRoute, &pm.Unsubscribe{ProjectIds: []string{project}, SprintIds: []string{"s"}}},
		{createItemRoute, &pm.CreateWorkItemRequest{ItemType: task, Title: " <script>", Description: new("`d`"), ParentId: &z.story.Id, ProjectId: project, Status: new("todo"), Priority: new("low")}},
		{updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 2, Title: new("T"), Description: new(""), Status: new("done"), AssigneeId: new(ed.String()), SprintId: new(""), Position: new(int32(1 << 30)), Priority: new("high"), StoryPoints: new(int32(1)), ParentId: new(""), UpdateParent: true}},
		{deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: it.Id}},
		{getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project, SinceTimestamp: new(int64(-1))}},
		{createSprintRoute, &pm.CreateSprintRequest{ProjectId: project, Name: "N", Goal: new(""), StartDate: now, EndDate: now + 1}},
		{updateSprintRoute, &pm.UpdateSprintRequest{SprintId: z.planned.Id, ExpectedVersion: 1, Name: new("N"), Goal: new("g"), StartDate: new(int64(-1)), EndDate: new(int64(1)), Status: new(pm.SprintStatus_CANCELLED)}},
		{deleteSprintRoute, &pm.DeleteSprintRequest{SprintId: z.active.Id}},
		{getSprintsRoute, &pm.GetSprintsRequest{ProjectId: project}},
		{createCommentRoute, &pm.CreateCommentRequest{WorkItemId: it.Id, Content: "<b onclick=x>"}},
		{updateCommentRoute, &pm.UpdateCommentRequest{CommentId: z.comment.Id, Content: "[a](javascript:b)"}},
		{deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: z.comment.Id}},
		{getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: it.Id}},
		{createProjectRoute, &pm.CreateProjectRequest{Title: "T", Description: new("d"), Key: "new_key"}},
		{updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: project, ExpectedVersion: 1, Title: new("T"), Description: new("d"), Status: new(pm.ProjectStatus(2))}},
		{deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: project, ExpectedVersion: 1}},
		{listProjectsRoute, &pm.ListProjectsRequest{}},
		{startTimerRoute, &pm.StartTimerRequest{WorkItemId: it.Id, Description: new("d")}},
		{stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: z.running.Id}},
		{createEntryRoute, &pm.CreateTimeEntryRequest{WorkItemId: it.Id, StartedAt: now - 1, EndedAt: now}},
		{updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: z.running.Id, StartedAt: new(now - 9), EndedAt: new(now), Description: new("")}},
		{updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: z.finished.Id, StartedAt: new(now - 86_400)}},
		{deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: z.running.Id}},
		{getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id, Limit: new(int32(-1)), Offset: new(int32(1))}},
		{getTimerRoute, &pm.GetRunningTimerRequest{}},
		{createLinkRoute, &pm.CreateDependencyRequest{BlockingItemId: it.Id, BlockedItemId: z.epic.Id, DependencyType: relates}},
		{deleteLinkRoute, &pm.DeleteDependencyRequest{DependencyId: z.relation.Id}},
		{getLinksRoute, &pm.GetDependenciesRequest{WorkItemId: it.Id}},
		{getActivityRoute, &pm.GetActivityLogRequest{EntityType: "comment", EntityId: z.comment.Id, Limit: 5, Offset: -1}},
		{getContextRoute, &pm.GetLlmContextRequest{Category: new("general"), MinPriority: new(int32(80))}},
	} {
		if r := z.Call(request.route, request.m.Append(nil)); r.Refusal != nil && request.route != deleteProjectRoute {
			f.Fatalf("seed %d %s: %v", request.route, show(request.m), r.Refusal)
		}
		z = newZoo(f)
		f.Add(request.route, request.m.Append(nil))
	}
	f.Add(abi.RouteCheck, []byte("h"))
	f.Add(abi.RouteMembers, abi.AppendMembersRequest(nil, &abi.MembersRequest{Op: abi.MembersRemove, User: ed, Project: "PP"}))
	f.Add(abi.RouteRetention, abi.AppendRetentionRequest(nil, &abi.RetentionRequest{BeforeMS: z.TimeMS + 5000, Limit: 9}))

	f.Fuzz(func(t *testing.T, route uint32, payload []byte) {
		if route == rawRoute {
			return
		}
		z := newZoo(t)
		r := z.Call(route, payload)
		if r.Refusal == nil {
			z.fsck()
			return
		}
		known := false
		for _, have := range z.Module.Routes {
			known = known || have.ID == route
		}
		if known && (r.Refusal.Code == abi.CodeInternal || r.Refusal.Message == "") {
			t.Fatalf("route %d, %x: %v %v", route, payload, r.Refusal, r.Log)
		}
	})
}
