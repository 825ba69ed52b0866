package e2e

import "workcell/host/client/pmpb"

// boardCodes are the refusals of sections 2 to 4, in the order of the steps; a row with two mistakes shows which one wins.
func (f *furniture) boardCodes() []refusal {
	const day = 24 * hour
	p, task := f.p.Id, f.task
	create := func(kind pmpb.WorkItemType, parent string) *pmpb.CreateWorkItemRequest {
		return &pmpb.CreateWorkItemRequest{ItemType: kind, Title: "T", ProjectId: p, ParentId: &parent}
	}
	update := func(change func(*itemUpdate)) *itemUpdate {
		r := &itemUpdate{WorkItemId: task, ExpectedVersion: 1}
		change(r)
		return r
	}
	move := func(id, parent string) *itemUpdate {
		return &itemUpdate{WorkItemId: id, ExpectedVersion: 1, UpdateParent: true, ParentId: &parent}
	}
	become := func(id string, version int32, to pmpb.SprintStatus) *sprintUpdate {
		return &sprintUpdate{SprintId: id, ExpectedVersion: version, Status: &to}
	}
	return []refusal{
		{"2.2.1 no item type", eve, create(0, ""), "VALIDATION_ERROR item_type", ""},
		{"2.2.1 the old item type 1", eve, create(1, ""), "VALIDATION_ERROR item_type", ""},
		{"2.2.1 item type 5, before anything else", sue, &pmpb.CreateWorkItemRequest{ItemType: 5}, "VALIDATION_ERROR item_type", ""},
		{"2.2.2 the title before ids", sue, &pmpb.CreateWorkItemRequest{ItemType: 4, ProjectId: "x"}, "INVALID_MESSAGE title", ""},
		{"2.2.4 a project id that is none", sue, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: "x"}, "VALIDATION_ERROR project_id", ""},
		{"2.2.4 no project id", sue, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T"}, "VALIDATION_ERROR project_id", ""},
		{"2.2.4 a parent id that is none, before the role", sue, create(4, "x"), "VALIDATION_ERROR parent_id", ""},
		{"2.2.5 the role before the parent", sue, create(4, unknown), "UNAUTHORIZED", ""},
		{"2.2.6 an unknown parent", eve, create(4, unknown), "VALIDATION_ERROR parent_id", ""},
		{"2.2.6 a deleted parent", eve, create(4, f.goneItem), "VALIDATION_ERROR parent_id", ""},
		{"2.1 a parent in another project", eve, create(4, f.away), "VALIDATION_ERROR parent_id", ""},
		{"2.1 an epic under an epic", eve, create(2, f.epic), "VALIDATION_ERROR parent_id", ""},
		{"2.1 a story under a story", eve, create(3, f.story), "VALIDATION_ERROR parent_id", ""},
		{"2.1 a task under an epic", eve, create(4, f.epic), "VALIDATION_ERROR parent_id", ""},
		{"2.1 a task under a task", eve, create(4, f.task), "VALIDATION_ERROR parent_id", ""},
		{"2.2.7 an unknown status", eve, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: p, Status: new("Done")}, "VALIDATION_ERROR status", ""},
		{"2.2.7 an empty status", eve, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: p, Status: new("")}, "VALIDATION_ERROR status", ""},
		{"2.2.7 an unknown priority", eve, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: p, Priority: new("urgent")}, "VALIDATION_ERROR priority", ""},
		{"2.2 a deleted project", ann, &pmpb.CreateWorkItemRequest{ItemType: 4, Title: "T", ProjectId: f.deadProject}, "NOT_FOUND", ""},

		{"2.3.1 an item id that is none", eve, &itemUpdate{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"2.3.2 an unknown item, before the role", sue, &itemUpdate{WorkItemId: unknown}, "NOT_FOUND", "not found"},
		{"2.3.3 the role before the version", vic, &itemUpdate{WorkItemId: task}, "UNAUTHORIZED", ""},
		{"2.3.4 the version before the fields", eve, &itemUpdate{WorkItemId: task, Status: new("x")}, "CONFLICT", ""},
		{"2.3.5 a new parent id that is none", eve, move(task, "x"), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 an item under itself", eve, move(f.story, f.story), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 an unknown new parent", eve, move(task, unknown), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 a new parent of the wrong type", eve, move(task, f.epic), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 an item under its descendant", eve, move(f.epic, f.story), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 a new parent in another project", eve, move(task, f.away), "VALIDATION_ERROR parent_id", ""},
		{"2.3.5 the parent before the fields", eve, update(func(r *itemUpdate) { r.UpdateParent, r.ParentId, r.Title = true, new("x"), new("") }), "VALIDATION_ERROR parent_id", ""},
		{"2.3.7 an unknown status", eve, update(func(r *itemUpdate) { r.Status = new("") }), "VALIDATION_ERROR status", ""},
		{"2.3.7 an unknown priority, alone", eve, update(func(r *itemUpdate) { r.Priority = new("urgent") }), "VALIDATION_ERROR priority", ""},
		{"2.3.7 an assignee id that is none", eve, update(func(r *itemUpdate) { r.AssigneeId = new("x") }), "VALIDATION_ERROR assignee_id", ""},
		{"2.3.7 an unknown assignee", eve, update(func(r *itemUpdate) { r.AssigneeId = new(unknown) }), "VALIDATION_ERROR assignee_id", ""},
		{"2.3.7 a sprint id that is none", eve, update(func(r *itemUpdate) { r.SprintId = new("x") }), "VALIDATION_ERROR sprint_id", ""},
		{"2.3.7 an unknown sprint", eve, update(func(r *itemUpdate) { r.SprintId = new(unknown) }), "VALIDATION_ERROR sprint_id", ""},
		{"2.3.7 a deleted sprint", eve, update(func(r *itemUpdate) { r.SprintId = &f.goneSprint }), "VALIDATION_ERROR sprint_id", ""},
		{"2.3.7 a sprint of another project", eve, update(func(r *itemUpdate) { r.SprintId = &f.sprintElsewhere }), "VALIDATION_ERROR sprint_id", ""},
		{"2.3.7 a negative position", eve, update(func(r *itemUpdate) { r.Position = new(int32(-1)) }), "VALIDATION_ERROR position", ""},
		{"2.3.7 negative points", eve, update(func(r *itemUpdate) { r.StoryPoints = new(int32(-1)) }), "VALIDATION_ERROR story_points", ""},
		{"2.3.7 101 points", eve, update(func(r *itemUpdate) { r.StoryPoints = new(int32(101)) }), "VALIDATION_ERROR story_points", ""},
		{"2.3.7 the title wins over the rest", eve, update(func(r *itemUpdate) { r.Title, r.Status = new(""), new("") }), "INVALID_MESSAGE title", ""},
		{"2.3.7 the status before the priority", eve, update(func(r *itemUpdate) { r.Status, r.Priority = new(""), new("") }), "VALIDATION_ERROR status", ""},
		{"2.3.7 the assignee before the sprint", eve, update(func(r *itemUpdate) { r.AssigneeId, r.SprintId = new("x"), new("x") }), "VALIDATION_ERROR assignee_id", ""},
		{"2.3.7 the position before the points", eve, update(func(r *itemUpdate) { r.Position, r.StoryPoints = new(int32(-1)), new(int32(-1)) }), "VALIDATION_ERROR position", ""},

		{"2.4 an item id that is none", ann, &pmpb.DeleteWorkItemRequest{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"2.4 an unknown item", ann, &pmpb.DeleteWorkItemRequest{WorkItemId: unknown}, "NOT_FOUND", "not found"},
		{"2.4 a deleted item", ann, &pmpb.DeleteWorkItemRequest{WorkItemId: f.goneItem}, "NOT_FOUND", "not found"},
		{"2.4 an item with a child", ann, &pmpb.DeleteWorkItemRequest{WorkItemId: f.story}, "DELETE_BLOCKED", "1"},
		{"2.5 a project id that is none", vic, &pmpb.GetWorkItemsRequest{ProjectId: "x"}, "VALIDATION_ERROR project_id", ""},

		{"3.1.1 a key with a hyphen", sue, &pmpb.CreateProjectRequest{Title: "T", Key: "A-B"}, "INVALID_MESSAGE key", "key"},
		{"3.1.1 a key that is not ASCII", sue, &pmpb.CreateProjectRequest{Title: "T", Key: "ÄB"}, "INVALID_MESSAGE key", "key"},
		{"3.1.3 a taken key, in lower case", sue, &pmpb.CreateProjectRequest{Title: "T", Key: "p" + f.p.Key[1:]}, "VALIDATION_ERROR key", ""},
		{"3.2.1 a project id that is none", ann, &projectUpdate{ProjectId: "x"}, "VALIDATION_ERROR project_id", ""},
		{"3.2.1 an unknown project", sue, &projectUpdate{ProjectId: unknown}, "NOT_FOUND", ""},
		{"3.2.2 the role before the version", sue, &projectUpdate{ProjectId: p}, "UNAUTHORIZED", ""},
		{"3.2.3 the version before the fields", eve, &projectUpdate{ProjectId: p, Title: new("")}, "CONFLICT", ""},
		{"3.2.4 the status 0", eve, &projectUpdate{ProjectId: p, ExpectedVersion: 1, Status: new(pmpb.ProjectStatus(0))}, "VALIDATION_ERROR status", ""},
		{"3.2.4 the status 3", eve, &projectUpdate{ProjectId: p, ExpectedVersion: 1, Status: new(pmpb.ProjectStatus(3))}, "VALIDATION_ERROR status", ""},
		{"3.3 a project id that is none", ann, &pmpb.DeleteProjectRequest{ProjectId: "x"}, "VALIDATION_ERROR project_id", ""},
		{"3.3 an unknown project", ann, &pmpb.DeleteProjectRequest{ProjectId: unknown}, "NOT_FOUND", ""},
		{"3.3 a deleted project", ann, &pmpb.DeleteProjectRequest{ProjectId: f.deadProject, ExpectedVersion: 1}, "NOT_FOUND", ""},
		{"3.3 a project with an item", ann, &pmpb.DeleteProjectRequest{ProjectId: f.q.Id, ExpectedVersion: 1}, "DELETE_BLOCKED", "1"},

		{"4.1.1 a sprint that ends as it starts", eve, f.newSprint("S", hour, hour), "INVALID_MESSAGE start_date", "start_date"},
		{"4.1.1 a start more than a year ago", eve, f.newSprint("S", -366*day, 0), "INVALID_MESSAGE start_date", "start_date"},
		{"4.1.1 an end more than five years ahead", eve, f.newSprint("S", 0, 1826*day), "INVALID_MESSAGE end_date", "end_date"},
		{"4.1.3 a project id that is none, before the role", sue, &pmpb.CreateSprintRequest{ProjectId: "x", Name: "S", StartDate: f.now, EndDate: f.now + 1}, "VALIDATION_ERROR project_id", ""},
		{"4.1 a deleted project", ann, &pmpb.CreateSprintRequest{ProjectId: f.deadProject, Name: "S", StartDate: f.now, EndDate: f.now + 1}, "NOT_FOUND", ""},
		{"4.2.1 a sprint id that is none", eve, &sprintUpdate{SprintId: "x"}, "VALIDATION_ERROR sprint_id", ""},
		{"4.2.1 an unknown sprint", sue, &sprintUpdate{SprintId: unknown}, "NOT_FOUND", ""},
		{"4.2.1 a deleted sprint", ann, &sprintUpdate{SprintId: f.goneSprint, ExpectedVersion: 1}, "NOT_FOUND", ""},
		{"4.2.2 a completed sprint, with the right version", eve, &sprintUpdate{SprintId: f.completed, ExpectedVersion: 3, Name: new("N")}, "CONFLICT", "3"},
		{"4.2.3 the status 0", eve, become(f.planned, 1, 0), "VALIDATION_ERROR status", ""},
		{"4.2.3 the status 5", eve, become(f.planned, 1, 5), "VALIDATION_ERROR status", ""},
		{"4.2.3 a date that cannot be told", eve, &sprintUpdate{SprintId: f.planned, ExpectedVersion: 1, EndDate: new(int64(1) << 60)}, "VALIDATION_ERROR end_date", ""},
		{"4.2.4 the start after the end", eve, &sprintUpdate{SprintId: f.planned, ExpectedVersion: 1, StartDate: new(f.now + 2*hour)}, "VALIDATION_ERROR start_date", "start_date"},
		{"4 planned to completed", eve, become(f.planned, 1, 3), "VALIDATION_ERROR status", "Invalid status transition"},
		{"4 a second active sprint", eve, become(f.planned, 1, 2), "CONFLICT", "1"},
		{"4 active to planned", eve, become(f.active, 2, 1), "VALIDATION_ERROR status", "Invalid status transition"},
		{"4 cancelled to planned", eve, become(f.cancelled, 2, 1), "VALIDATION_ERROR status", "Invalid status transition"},
		{"4 cancelled to active", eve, become(f.cancelled, 2, 2), "VALIDATION_ERROR status", "Invalid status transition"},
		{"4 cancelled to completed", eve, become(f.cancelled, 2, 3), "VALIDATION_ERROR status", "Invalid status transition"},
		{"4.2 a cancelled sprint may get a new name", eve, &sprintUpdate{SprintId: f.cancelled, ExpectedVersion: 2, Name: new("N")}, "", ""},
		{"4.3 a sprint id that is none", ann, &pmpb.DeleteSprintRequest{SprintId: ""}, "VALIDATION_ERROR sprint_id", ""},
		{"4.3 an unknown sprint", ann, &pmpb.DeleteSprintRequest{SprintId: unknown}, "NOT_FOUND", ""},
		{"4.3 a completed sprint", ann, &pmpb.DeleteSprintRequest{SprintId: f.completed}, "DELETE_BLOCKED", ""},
		{"4.3 a list with a project id that is none", vic, &pmpb.GetSprintsRequest{ProjectId: "x"}, "VALIDATION_ERROR project_id", ""},
	}
}

// workCodes are the refusals of sections 5 to 8.
func (f *furniture) workCodes() []refusal {
	task := f.task
	entry := func(start, end int64) *pmpb.CreateTimeEntryRequest {
		return &pmpb.CreateTimeEntryRequest{WorkItemId: task, StartedAt: f.now + start, EndedAt: f.now + end}
	}
	move := func(id string, start, end *int64) *pmpb.UpdateTimeEntryRequest {
		return &pmpb.UpdateTimeEntryRequest{TimeEntryId: id, StartedAt: start, EndedAt: end}
	}
	link := func(blocking, blocked string, kind pmpb.DependencyType) *pmpb.CreateDependencyRequest {
		return &pmpb.CreateDependencyRequest{BlockingItemId: blocking, BlockedItemId: blocked, DependencyType: kind}
	}
	history := func(kind, id string) *pmpb.GetActivityLogRequest {
		return &pmpb.GetActivityLogRequest{EntityType: kind, EntityId: id}
	}
	return []refusal{
		{"5 a comment, the content before the id", sue, &pmpb.CreateCommentRequest{WorkItemId: "x"}, "INVALID_MESSAGE content", ""},
		{"5 a comment on an item id that is none", eve, &pmpb.CreateCommentRequest{WorkItemId: "x", Content: "C"}, "VALIDATION_ERROR work_item_id", ""},
		{"5 a comment on an unknown item", sue, &pmpb.CreateCommentRequest{WorkItemId: unknown, Content: "C"}, "NOT_FOUND", "not found"},
		{"5 an update of a comment id that is none", eve, &pmpb.UpdateCommentRequest{CommentId: "x", Content: "C"}, "VALIDATION_ERROR comment_id", ""},
		{"5 an update of an unknown comment", eve, &pmpb.UpdateCommentRequest{CommentId: unknown, Content: "C"}, "NOT_FOUND", ""},
		{"5 an update of a deleted comment", eve, &pmpb.UpdateCommentRequest{CommentId: f.goneComment, Content: "C"}, "NOT_FOUND", ""},
		{"5 an update on a deleted item", eve, &pmpb.UpdateCommentRequest{CommentId: f.orphan, Content: "C"}, "NOT_FOUND", ""},
		{"5 the author before the item", ann, &pmpb.UpdateCommentRequest{CommentId: f.orphan, Content: "C"}, "UNAUTHORIZED", "another user"},
		{"5 a deletion of a comment id that is none", eve, &pmpb.DeleteCommentRequest{CommentId: "x"}, "VALIDATION_ERROR comment_id", ""},
		{"5 a deletion of a deleted comment", eve, &pmpb.DeleteCommentRequest{CommentId: f.goneComment}, "NOT_FOUND", ""},
		{"5 a deletion on a deleted item", eve, &pmpb.DeleteCommentRequest{CommentId: f.orphan}, "NOT_FOUND", ""},
		{"5 a list of an item id that is none", vic, &pmpb.GetCommentsRequest{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"5 a list of a deleted item", vic, &pmpb.GetCommentsRequest{WorkItemId: f.goneItem}, "NOT_FOUND", ""},

		{"6 a start in the future", eve, entry(2*hour, 3*hour), "VALIDATION_ERROR started_at", "future"},
		{"6 an end in the future", eve, entry(-hour, 2*hour), "VALIDATION_ERROR ended_at", "future"},
		{"6 an entry that ends as it starts", eve, entry(-hour, -hour), "VALIDATION_ERROR started_at", ""},
		{"6 an entry that ends before it starts", eve, entry(-hour, -2*hour), "VALIDATION_ERROR started_at", ""},
		{"6 an entry of more than a day", eve, entry(-25*hour, -hour+1), "VALIDATION_ERROR ended_at", "24 hours"},
		{"6 one of exactly a day is taken", eve, entry(-25*hour, -hour), "", ""},
		{"6.1 a timer on an item id that is none", eve, &pmpb.StartTimerRequest{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"6.1 a timer on a deleted item", eve, &pmpb.StartTimerRequest{WorkItemId: f.goneItem}, "NOT_FOUND", "not found"},
		{"6.2 stopping an entry id that is none", eve, &pmpb.StopTimerRequest{TimeEntryId: "x"}, "VALIDATION_ERROR time_entry_id", ""},
		{"6.2 stopping an unknown entry", eve, &pmpb.StopTimerRequest{TimeEntryId: unknown}, "NOT_FOUND", ""},
		{"6.2 stopping a finished entry", eve, &pmpb.StopTimerRequest{TimeEntryId: f.entry}, "VALIDATION_ERROR time_entry_id", "not running"},
		{"6.3 the times before the id", sue, &pmpb.CreateTimeEntryRequest{WorkItemId: "x", StartedAt: 2, EndedAt: 1}, "VALIDATION_ERROR started_at", ""},
		{"6.3 an item id that is none", eve, &pmpb.CreateTimeEntryRequest{WorkItemId: "x", StartedAt: 1, EndedAt: 2}, "VALIDATION_ERROR work_item_id", ""},
		{"6.3 an unknown item", sue, &pmpb.CreateTimeEntryRequest{WorkItemId: unknown, StartedAt: 1, EndedAt: 2}, "NOT_FOUND", ""},
		{"6.4 an entry id that is none", eve, move("x", nil, nil), "VALIDATION_ERROR time_entry_id", ""},
		{"6.4 a deleted entry", eve, move(f.goneEntry, nil, nil), "NOT_FOUND", ""},
		{"6.4 a start after the end", eve, move(f.entry, new(f.now), nil), "VALIDATION_ERROR started_at", ""},
		{"6.4 an end in the future", eve, move(f.entry, nil, new(f.now+2*hour)), "VALIDATION_ERROR ended_at", "future"},
		{"6.4 more than a day", eve, move(f.entry, new(f.now-26*hour), nil), "VALIDATION_ERROR ended_at", "24 hours"},
		{"6.4 a running timer's start in the future", eve, move(f.timer, new(f.now+2*hour), nil), "VALIDATION_ERROR started_at", "future"},
		{"6.5 a deletion of an entry id that is none", eve, &pmpb.DeleteTimeEntryRequest{TimeEntryId: "x"}, "VALIDATION_ERROR time_entry_id", ""},
		{"6.5 a deletion of a deleted entry", eve, &pmpb.DeleteTimeEntryRequest{TimeEntryId: f.goneEntry}, "NOT_FOUND", ""},
		{"6.5 a list of an item id that is none", vic, &pmpb.GetTimeEntriesRequest{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"6.5 a list of an unknown item", sue, &pmpb.GetTimeEntriesRequest{WorkItemId: unknown}, "NOT_FOUND", ""},

		{"7.1 a blocking id that is none", eve, link("x", "x", 0), "VALIDATION_ERROR blocking_item_id", ""},
		{"7.1 a blocked id that is none", eve, link(task, "x", 0), "VALIDATION_ERROR blocked_item_id", ""},
		{"7.2 an item and itself, before the type", eve, link(task, task, 0), "VALIDATION_ERROR blocked_item_id", "cannot block itself"},
		{"7.3 the type 0", eve, link(task, f.free, 0), "VALIDATION_ERROR dependency_type", ""},
		{"7.3 the type 3, before existence", sue, link(task, unknown, 3), "VALIDATION_ERROR dependency_type", ""},
		{"7.5 an unknown blocking item", sue, link(unknown, task, 1), "NOT_FOUND", ""},
		{"7.5 a deleted blocked item", sue, link(task, f.goneItem, 1), "NOT_FOUND", ""},
		{"7.6 items of two projects, before the role", sue, link(task, f.away, 1), "VALIDATION_ERROR blocking_item_id", "same project"},
		{"7.8 a second link", eve, link(f.one, f.two, 1), "VALIDATION_ERROR blocked_item_id", "already exists"},
		{"7.8 a second link of another type", eve, link(f.one, f.two, 2), "VALIDATION_ERROR blocked_item_id", "already exists"},
		{"7.9 a 51st incoming link", eve, link(task, f.full, 2), "VALIDATION_ERROR blocked_item_id", "50"},
		{"7.9 a 51st outgoing link", eve, link(f.busy, task, 1), "VALIDATION_ERROR blocking_item_id", "max"},
		{"7.9 both: the blocked side first", eve, link(f.busy, f.full, 1), "VALIDATION_ERROR blocked_item_id", "max"},
		{"7.10 a circle of two", eve, link(f.two, f.one, 1), "VALIDATION_ERROR blocking_item_id", "Circular dependency"},
		{
			"7.10 a circle of three, with the way", eve, link(f.three, f.one, 1), "VALIDATION_ERROR blocking_item_id",
			f.one[:8] + " → " + f.two[:8] + " → " + f.three[:8],
		},
		{"7.10 a relation closes no circle", eve, link(f.three, f.one, 2), "", ""},
		{"7 a deleted link can be made again", eve, link(f.one, f.free, 1), "", ""},
		{"7 a deletion of a link id that is none", eve, &pmpb.DeleteDependencyRequest{DependencyId: "x"}, "VALIDATION_ERROR dependency_id", ""},
		{"7 a deletion of an unknown link", sue, &pmpb.DeleteDependencyRequest{DependencyId: unknown}, "NOT_FOUND", ""},
		{"7 a deletion of a deleted link", eve, &pmpb.DeleteDependencyRequest{DependencyId: f.goneLink}, "NOT_FOUND", ""},
		{"7 a list of an item id that is none", vic, &pmpb.GetDependenciesRequest{WorkItemId: "x"}, "VALIDATION_ERROR work_item_id", ""},
		{"7 a list of a deleted item", vic, &pmpb.GetDependenciesRequest{WorkItemId: f.goneItem}, "NOT_FOUND", ""},

		{"8.1 an entity id that is none, before the type", vic, history("x", "x"), "VALIDATION_ERROR entity_id", ""},
		{"8.2 an unknown type", vic, history("swim_lane", task), "VALIDATION_ERROR entity_type", ""},
		{"8.2 a type in another case", vic, history("Project", f.p.Id), "VALIDATION_ERROR entity_type", ""},
		{"8.3 an unknown project", sue, history("project", unknown), "NOT_FOUND", ""},
		{"8.3 an unknown item", sue, history("work_item", unknown), "NOT_FOUND", ""},
		{"8.3 an unknown sprint", sue, history("sprint", unknown), "NOT_FOUND", ""},
		{"8.3 an unknown comment", sue, history("comment", unknown), "NOT_FOUND", ""},
		{"8.3 an unknown entry", sue, history("time_entry", unknown), "NOT_FOUND", ""},
		{"8.3 an unknown link", sue, history("dependency", unknown), "NOT_FOUND", ""},
		{"8.3 an item is no sprint", vic, history("sprint", task), "NOT_FOUND", ""},
		{"8.3 a deleted comment has a history", vic, history("comment", f.goneComment), "", ""},
		{"8.4 the history of a comment of others", sue, history("comment", f.comment), "UNAUTHORIZED", ""},
		{"8.4 that of an entry", sue, history("time_entry", f.entry), "UNAUTHORIZED", ""},
		{"8.4 that of a link", sue, history("dependency", f.link), "UNAUTHORIZED", ""},
		{"8.4 that of a deleted project", sue, history("project", f.deadProject), "UNAUTHORIZED", ""},
	}
}
