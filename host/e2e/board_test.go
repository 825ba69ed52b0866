package e2e

import (
	"fmt"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// The users of these tests.
const (
	ann = "aaaaaaaa-0000-4000-8000-000000000001"
	bob = "bbbbbbbb-0000-4000-8000-000000000002"
)

// keys numbers the projects of a test process, whose keys must differ.
var keys atomic.Int64

// ask sends a request that must succeed.
func ask[T proto.Message](t testing.TB, c *client.Client, request proto.Message) T {
	t.Helper()
	reply, err := client.Ask[T](t.Context(), c, request)
	if err != nil {
		t.Fatalf("%T: %v", request, err)
	}
	return reply
}

// refused sends a request that must be refused with a code, and returns the refusal.
func refused(t testing.TB, c *client.Client, request proto.Message, code string) *client.ReplyError {
	t.Helper()
	reply, err := c.Do(t.Context(), client.Envelope(request))
	if err != nil {
		t.Fatalf("%T: %v", request, err)
	}
	refusal, ok := client.Result(reply).(*client.ReplyError)
	if !ok || refusal.Code != code {
		t.Fatalf("%T was answered with %v, want %s", request, reply, code)
	}
	return refusal
}

// newProject creates a project with a key of its own.
func newProject(t testing.TB, c *client.Client) *pmpb.Project {
	t.Helper()
	n := keys.Add(1)
	return ask[*pmpb.ProjectCreated](t, c, &pmpb.CreateProjectRequest{
		Title: fmt.Sprintf("Project %d", n), Key: fmt.Sprintf("P%d", n),
	}).Project
}

// newTask creates a task at the top of a project.
func newTask(t testing.TB, c *client.Client, project, title string) *pmpb.WorkItem {
	t.Helper()
	return ask[*pmpb.WorkItemCreated](t, c, &pmpb.CreateWorkItemRequest{
		ItemType: pmpb.WorkItemType_TASK, Title: title, ProjectId: project,
	}).WorkItem
}

// list returns the live items of a project.
func list(t testing.TB, c *client.Client, project string) []*pmpb.WorkItem {
	t.Helper()
	return ask[*pmpb.WorkItemsList](t, c, &pmpb.GetWorkItemsRequest{ProjectId: project}).WorkItems
}
