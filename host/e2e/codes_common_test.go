package e2e

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

// Short names, which keep a row of the tables on one line.
type (
	itemUpdate    = pmpb.UpdateWorkItemRequest
	projectUpdate = pmpb.UpdateProjectRequest
	sprintUpdate  = pmpb.UpdateSprintRequest
)

func long(n int) string { return strings.Repeat("ü", n) }

// commonCodes are the refusals of sections 1, 10 and 14, and of the wire.
func (f *furniture) commonCodes() []refusal {
	p, task := f.p.Id, f.task
	newItem := func(title string) *pmpb.CreateWorkItemRequest {
		return &pmpb.CreateWorkItemRequest{ItemType: 4, Title: title, ProjectId: p}
	}
	table := []refusal{
		{"14 no payload", sue, nil, "INVALID_MESSAGE", ""},
		{"14 a payload only servers send", sue, &pmpb.WorkItemCreated{}, "INVALID_MESSAGE", ""},
		{"14 a pong", sue, &pmpb.Pong{}, "INVALID_MESSAGE", ""},
		{"14 an error", sue, &pmpb.Error{}, "INVALID_MESSAGE", ""},
		{"wire 2 a route nobody takes", sue, &pmpb.CallRequest{Route: "nobody/takes-it"}, "NOT_FOUND", ""},
		{"wire 9 subscribing to a project of others", sue, &pmpb.Subscribe{ProjectIds: []string{p}}, "UNAUTHORIZED", ""},
		{"wire 9 subscribing to a sprint of others", sue, &pmpb.Subscribe{SprintIds: []string{f.planned}}, "UNAUTHORIZED", ""},
		{"wire 9 subscribing to nothing known", ann, &pmpb.Subscribe{ProjectIds: []string{p, unknown}}, "UNAUTHORIZED", ""},
		{"wire 9 subscribing to no sprint known", ann, &pmpb.Subscribe{SprintIds: []string{unknown}}, "UNAUTHORIZED", ""},
		{"wire 9 too many projects", ann, &pmpb.Subscribe{ProjectIds: numbered(1001)}, "VALIDATION_ERROR project_ids", ""},
		{"wire 9 too many sprints", ann, &pmpb.Subscribe{SprintIds: numbered(1001)}, "VALIDATION_ERROR sprint_ids", ""},
		{"wire 9 words that are no ids are acknowledged", sue, &pmpb.Subscribe{ProjectIds: []string{"p1", ""}, SprintIds: []string{"s1"}}, "", ""},
		{"wire 9 unsubscribing from anything is harmless", sue, &pmpb.Unsubscribe{ProjectIds: []string{p, "p1"}, SprintIds: []string{unknown}}, "", ""},

		{"1.2 an item without a title", eve, newItem(""), "INVALID_MESSAGE title", "title"},
		{"1.2 an item titled with blanks", eve, newItem(" \t\u00a0 "), "INVALID_MESSAGE title", "title"},
		{"1.2 an item's title of 201 characters", eve, newItem(long(201)), "INVALID_MESSAGE title", "title"},
		{"1.2 one of 200 between blanks is taken", eve, newItem("  " + long(200) + "  "), "", ""},
		{"1.2 an item's title, updated to blanks", eve, &itemUpdate{WorkItemId: task, ExpectedVersion: 1, Title: new("  ")}, "INVALID_MESSAGE title", "title"},
		{"1.2 an item's title, updated to 201", eve, &itemUpdate{WorkItemId: task, ExpectedVersion: 1, Title: new(long(201))}, "INVALID_MESSAGE title", "title"},
		{
			"1.2 an item's description of 10001", eve,
			&pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: p, Description: new(long(10001))},
			"INVALID_MESSAGE description", "description",
		},
		{"1.2 the same, updated", eve, &itemUpdate{WorkItemId: task, ExpectedVersion: 1, Description: new(long(10001))}, "VALIDATION_ERROR description", ""},
		{"1.2 a project without a title", eve, &pmpb.CreateProjectRequest{Title: " ", Key: "OKAY"}, "INVALID_MESSAGE title", "title"},
		{"1.2 a project's title of 201", eve, &pmpb.CreateProjectRequest{Title: long(201), Key: "OKAY"}, "INVALID_MESSAGE title", "title"},
		{"1.2 a project's title, updated to blanks", eve, &projectUpdate{ProjectId: p, ExpectedVersion: 1, Title: new(" ")}, "INVALID_MESSAGE title", "title"},
		{"1.2 a project's description of 10001", eve, &pmpb.CreateProjectRequest{Title: "T", Key: "OKAY", Description: new(long(10001))}, "INVALID_MESSAGE description", ""},
		{"1.2 the same, updated", eve, &projectUpdate{ProjectId: p, ExpectedVersion: 1, Description: new(long(10001))}, "VALIDATION_ERROR description", ""},
		{"1.2 a key of 1 byte", eve, &pmpb.CreateProjectRequest{Title: "T", Key: "K"}, "INVALID_MESSAGE key", "key"},
		{"1.2 a key of 21 bytes", eve, &pmpb.CreateProjectRequest{Title: "T", Key: strings.Repeat("K", 21)}, "INVALID_MESSAGE key", "key"},
		{"1.2 a sprint without a name", eve, f.newSprint(" ", 0, hour), "INVALID_MESSAGE name", "name"},
		{"1.2 a sprint's name of 101", eve, f.newSprint(long(101), 0, hour), "INVALID_MESSAGE name", "name"},
		{"1.2 a sprint's name, updated to 101", eve, &sprintUpdate{SprintId: f.planned, ExpectedVersion: 1, Name: new(long(101))}, "INVALID_MESSAGE name", "name"},
		{"1.2 a goal of 10001", eve, &sprintUpdate{SprintId: f.planned, ExpectedVersion: 1, Goal: new(long(10001))}, "VALIDATION_ERROR goal", ""},
		{"1.2 a comment without content", eve, &pmpb.CreateCommentRequest{WorkItemId: task, Content: "\n"}, "INVALID_MESSAGE content", "content"},
		{"1.2 a comment of 5001", eve, &pmpb.CreateCommentRequest{WorkItemId: task, Content: long(5001)}, "INVALID_MESSAGE content", "content"},
		{"1.2 a comment, updated to nothing", eve, &pmpb.UpdateCommentRequest{CommentId: f.comment}, "INVALID_MESSAGE content", "content"},
		{"1.2 an entry's description of 1001", eve, &pmpb.StartTimerRequest{WorkItemId: task, Description: new(long(1001))}, "INVALID_MESSAGE description", "description"},
		{"1.2 the same, updated", eve, &pmpb.UpdateTimeEntryRequest{TimeEntryId: f.entry, Description: new(long(1001))}, "INVALID_MESSAGE description", "description"},
		{
			"1.2 the same, of a finished entry", eve,
			&pmpb.CreateTimeEntryRequest{WorkItemId: task, StartedAt: f.now - hour, EndedAt: f.now, Description: new(long(1001))},
			"INVALID_MESSAGE description", "description",
		},

		{"1.4 an item's version not sent", eve, &itemUpdate{WorkItemId: task, Title: new("X")}, "CONFLICT", "1"},
		{"1.4 a newer version than stored", eve, &itemUpdate{WorkItemId: task, ExpectedVersion: 2}, "CONFLICT", "1"},
		{"1.4 a project's version", eve, &projectUpdate{ProjectId: p, ExpectedVersion: 7}, "CONFLICT", "1"},
		{"1.4 a project's version, to delete it", ann, &pmpb.DeleteProjectRequest{ProjectId: p}, "CONFLICT", "1"},
		{"1.4 a sprint's version", eve, &sprintUpdate{SprintId: f.active, ExpectedVersion: 1}, "CONFLICT", "2"},
		{"1.5 a deleted item", ann, &itemUpdate{WorkItemId: f.goneItem, ExpectedVersion: 1}, "NOT_FOUND", "not found"},
		{"1.5 a deleted project", ann, &projectUpdate{ProjectId: f.deadProject, ExpectedVersion: 1}, "NOT_FOUND", "not found"},
	}
	return append(table, f.roleCodes()...)
}

// roleCodes ask, for each operation of section 1.3, with the highest role that is too low, and as a stranger.
func (f *furniture) roleCodes() (table []refusal) {
	p, task := f.p.Id, f.task
	tooLow := map[string][]string{"View": {sue}, "Edit": {vic, sue}, "Admin": {eve, sue}, "the author": {ann, vic, sue}}
	for _, c := range []struct {
		needs    string
		requests []proto.Message
	}{
		{"View", []proto.Message{
			&pmpb.GetWorkItemsRequest{ProjectId: p}, &pmpb.GetSprintsRequest{ProjectId: p}, &pmpb.GetCommentsRequest{WorkItemId: task},
			&pmpb.GetTimeEntriesRequest{WorkItemId: task}, &pmpb.GetDependenciesRequest{WorkItemId: task},
			&pmpb.GetActivityLogRequest{EntityType: "work_item", EntityId: f.goneItem},
		}},
		{"Edit", []proto.Message{
			&pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: p}, &itemUpdate{WorkItemId: task, ExpectedVersion: 1},
			f.newSprint("S", 0, hour), &sprintUpdate{SprintId: f.planned, ExpectedVersion: 1},
			&pmpb.CreateCommentRequest{WorkItemId: task, Content: "C"}, &pmpb.StartTimerRequest{WorkItemId: task},
			&pmpb.CreateTimeEntryRequest{WorkItemId: task, StartedAt: f.now - hour, EndedAt: f.now},
			&pmpb.CreateDependencyRequest{BlockingItemId: task, BlockedItemId: f.free, DependencyType: 1},
			&pmpb.DeleteDependencyRequest{DependencyId: f.link}, &projectUpdate{ProjectId: p, ExpectedVersion: 1},
		}},
		{"Admin", []proto.Message{
			&pmpb.DeleteWorkItemRequest{WorkItemId: task}, &pmpb.DeleteSprintRequest{SprintId: f.planned},
			&pmpb.DeleteProjectRequest{ProjectId: p, ExpectedVersion: 1},
		}},
		{"the author", []proto.Message{
			&pmpb.UpdateCommentRequest{CommentId: f.comment, Content: "C"}, &pmpb.DeleteCommentRequest{CommentId: f.comment},
			&pmpb.StopTimerRequest{TimeEntryId: f.timer}, &pmpb.UpdateTimeEntryRequest{TimeEntryId: f.entry},
			&pmpb.DeleteTimeEntryRequest{TimeEntryId: f.entry},
		}},
	} {
		for _, request := range c.requests {
			word := ""
			if c.needs == "the author" {
				word = "another user"
			}
			name := "1.3 " + string(request.ProtoReflect().Descriptor().Name()) + " needs " + c.needs
			for _, user := range tooLow[c.needs] {
				table = append(table, refusal{name, user, request, "UNAUTHORIZED", word})
			}
		}
	}
	// A project that does not exist is refused as one that is not the user's, where the membership is looked at first.
	for _, request := range []proto.Message{
		&pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: unknown}, &pmpb.GetWorkItemsRequest{ProjectId: unknown},
		&pmpb.CreateSprintRequest{ProjectId: unknown, Name: "S", StartDate: f.now, EndDate: f.now + hour}, &pmpb.GetSprintsRequest{ProjectId: unknown},
	} {
		name := "1.3 " + string(request.ProtoReflect().Descriptor().Name()) + " does not tell which projects exist"
		table = append(table, refusal{name, ann, request, "UNAUTHORIZED", ""})
	}
	return table
}

// newSprint asks for a sprint in P, with dates from now on.
func (f *furniture) newSprint(name string, start, end int64) *pmpb.CreateSprintRequest {
	return &pmpb.CreateSprintRequest{ProjectId: f.p.Id, Name: name, StartDate: f.now + start, EndDate: f.now + end}
}

// numbered returns n words that are no ids.
func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, "p"+string(rune('0'+i)))
	}
	return ids
}
