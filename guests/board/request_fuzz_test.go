package board

import (
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
)

// Whatever bytes a client sends as a request: the call ends, with a reply or with a refusal that is the client's fault, and
// the store stays consistent.
func FuzzRequest(f *testing.F) {
	// Ids come from the stub's seeds, so the seeds below name what the world of each run holds.
	w, project, it := fuzzWorld(f)
	for _, request := range []struct {
		route uint32
		m     record
	}{
		{subscribeRoute, &pm.Subscribe{ProjectIds: []string{project, "p1", ""}, SprintIds: []string{unknownID}}},
		{unsubscribeRoute, &pm.Unsubscribe{ProjectIds: []string{project}, SprintIds: []string{"s"}}},
		{createItemRoute, &pm.CreateWorkItemRequest{ItemType: story, Title: " <script>", Description: new("`d`"), ParentId: &it.Id, ProjectId: project, Status: new("todo"), Priority: new("low")}},
		{updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 1, Title: new("T"), Description: new(""), Status: new("done"), AssigneeId: new(ed.String()), SprintId: new(""), Position: new(int32(1 << 30)), Priority: new("high"), StoryPoints: new(int32(1)), ParentId: new(""), UpdateParent: true}},
		{deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: it.Id}},
		{getItemsRoute, &pm.GetWorkItemsRequest{ProjectId: project, SinceTimestamp: new(int64(-1))}},
		{createProjectRoute, &pm.CreateProjectRequest{Title: "T", Description: new("d"), Key: "new_key"}},
		{updateProjectRoute, &pm.UpdateProjectRequest{ProjectId: project, ExpectedVersion: 1, Title: new("T"), Description: new("d"), Status: new(pm.ProjectStatus(2))}},
		{deleteProjectRoute, &pm.DeleteProjectRequest{ProjectId: project, ExpectedVersion: 1}},
		{listProjectsRoute, &pm.ListProjectsRequest{}},
	} {
		f.Add(request.route, request.m.Append(nil))
	}
	w.fsck()

	f.Fuzz(func(t *testing.T, route uint32, payload []byte) {
		if route == rawRoute {
			return
		}
		w, _, _ := fuzzWorld(t)
		r := w.Call(route, payload)
		if r.Refusal == nil {
			w.fsck()
			return
		}
		known := false
		for _, have := range w.Module.Routes {
			known = known || have.ID == route
		}
		if known && (r.Refusal.Code == abi.CodeInternal || r.Refusal.Message == "") {
			t.Fatalf("route %d, %x: %v %v", route, payload, r.Refusal, r.Log)
		}
	})
}

func fuzzWorld(t fataler) (w *world, project string, it *pm.WorkItem) {
	w = newWorld(t)
	project = w.project("P", "PP")
	return w, project, w.item(project, epic, "E", nil)
}
