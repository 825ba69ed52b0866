package board

import "workcell/guests/board/pm"

// A contextEntry explains something about the data to a tool. Its id is its place in contextEntries, counted from 1.
type contextEntry struct {
	kind, category, title, content string
	example, exampleDescription    string // a request as JSON, or ""
}

// contextPriorities are the priorities of the kinds.
var contextPriorities = map[string]int32{"schema_doc": 100, "query_pattern": 90, "business_rule": 80, "instruction": 70}

var contextEntries = [...]contextEntry{
	{
		kind: "schema_doc", category: "work_items", title: "Work item hierarchy",
		content: "A work item is an epic, a story or a task. Stories may stand under an epic and tasks under a story, " +
			"always in the same project; an epic never has a parent, and any item may be at the top level. Every item " +
			"that is sent carries ancestor_ids, the parent first, and descendant_ids, breadth first. An item's type " +
			"never changes.",
	},
	{
		kind: "schema_doc", category: "sprints", title: "Sprint life cycle",
		content: "A sprint belongs to one project and is planned, active, completed or cancelled. It starts as planned. " +
			"Planned may become active or cancelled, active may become completed or cancelled; a completed sprint " +
			"cannot be changed any more. A project has at most one active sprint. Dates are Unix seconds and the " +
			"start lies before the end.",
	},
	{
		kind: "schema_doc", category: "comments", title: "Comments",
		content: "A comment is text on a work item, listed oldest first. It has an author (created_by) and the times of " +
			"its creation and last change. Comments form one flat list for each item: there are no replies and no " +
			"threads.",
	},
	{
		kind: "schema_doc", category: "time_entries", title: "Time entries and timers",
		content: "A time entry is a span that one user worked on one work item: started_at, ended_at and duration_seconds. " +
			"An entry without ended_at is a running timer. Finished entries can be written down afterwards; they last " +
			"at most 24 hours and do not reach into the future.",
	},
	{
		kind: "schema_doc", category: "dependencies", title: "Links between work items",
		content: "A dependency has a blocking item, a blocked item and a type: 1 means that the first blocks the second, 2 " +
			"that they relate to each other. A list of an item's links comes in two parts: blocking holds those in " +
			"which the item is the blocked side, blocked those in which it is the blocking side. An item takes 50 " +
			"links in each direction.",
	},
	{
		kind: "schema_doc", category: "activity_log", title: "The activity log as audit trail",
		content: "Every change leaves activity rows: entity_type, entity_id, action (created, updated or deleted), user " +
			"and time. An update writes one row for each changed field, with field_name, old_value and new_value. " +
			"Rows are never changed; they are deleted when they are older than the operator wants to keep.",
	},
	{
		kind: "schema_doc", category: "general", title: "Deletion is soft",
		content: "Deleting sets deleted_at and hides the entity from every list and look-up. Nothing that hangs on it is " +
			"deleted with it: comments, time entries and links of a deleted item stay stored and hidden. Items with " +
			"children and projects with items cannot be deleted. The number of a deleted item is not given again.",
	},
	{
		kind: "schema_doc", category: "general", title: "Who changed what, and when",
		content: "Entities carry created_at, created_by, updated_at and updated_by; time entries have a user_id instead. " +
			"Times are whole Unix seconds in UTC. Projects, sprints and work items also have a version, 1 at first " +
			"and one more after every change; an update must name the version that it is based on.",
	},
	{
		kind: "schema_doc", category: "general", title: "Ids are UUIDs",
		content: "Every entity is named by a UUID, written in lower case with hyphens; new ones are random. Upper case, " +
			"braces, the urn:uuid: form and 32 digits without hyphens are understood in requests. Work items also " +
			"have an item_number that is unique in their project: project key, hyphen and number make the display " +
			"key, like ABC-12.",
	},
	{
		kind: "schema_doc", category: "swim_lanes", title: "Swim lanes",
		content: "The board's columns follow the status of work items: backlog, todo, in_progress, review, done and " +
			"blocked. Stored swim lanes would give columns names and an order of their own; this server creates none, " +
			"so lists of swim lanes are empty.",
	},
	{
		kind: "query_pattern", category: "work_items", title: "Read the item tree of a project",
		content: "Ask for all work items of the project once and build the tree from parent_id, or from ancestor_ids and " +
			"descendant_ids. Items come ordered by position, then by number, with those that are done.",
		example: `{"get_work_items_request": {"project_id": "PROJECT-ID"}}`, exampleDescription: "All live work items of a project.",
	},
	{
		kind: "query_pattern", category: "dependencies", title: "Find what blocks an item",
		content: "Ask for the links of the item. In the part named blocking, entries with dependency_type 1 name, as " +
			"blocking_item_id, the items that must be finished first.",
		example: `{"get_dependencies_request": {"work_item_id": "ITEM-ID"}}`, exampleDescription: "The links of a work item in both directions.",
	},
	{
		kind: "query_pattern", category: "sprints", title: "Sum up the velocity of a sprint",
		content: "Ask for the work items of the project, keep those whose sprint_id is the sprint and whose status is " +
			"done, and add up their story_points; absent points count as zero. The sprint's dates come from the list " +
			"of sprints.",
		example: `{"get_sprints_request": {"project_id": "PROJECT-ID"}}`, exampleDescription: "The sprints of a project, the newest start first.",
	},
	{
		kind: "query_pattern", category: "time_entries", title: "Sum up the time on an item",
		content: "Ask for the time entries of the item page by page (limit up to 500, offset) until total_count of them " +
			"are read, and add up duration_seconds. An entry without duration_seconds is still running.",
		example: `{"get_time_entries_request": {"work_item_id": "ITEM-ID", "limit": 500, "offset": 0}}`, exampleDescription: "The newest 500 time entries of a work item.",
	},
	{
		kind: "query_pattern", category: "activity_log", title: "See what happened last",
		content: "Ask for the activity of an entity by its type and id; the newest row comes first, 50 at a time and at " +
			"most 100. To follow a whole project, subscribe to it: every change arrives as an activity event.",
		example: `{"get_activity_log_request": {"entity_type": "work_item", "entity_id": "ITEM-ID", "limit": 20}}`, exampleDescription: "The last 20 changes of a work item.",
	},
	{
		kind: "query_pattern", category: "work_items", title: "Weigh the load of each assignee",
		content: "Ask for the work items of the project, leave out those that are done, group the others by assignee_id " +
			"and count them or add up their story_points. Items without assignee_id belong to nobody yet.",
		example: `{"get_work_items_request": {"project_id": "PROJECT-ID"}}`, exampleDescription: "All live work items, to be grouped by assignee.",
	},
	{
		kind: "query_pattern", category: "dependencies", title: "Follow a chain of links",
		content: "Start with the links of one item and go on with the items named as blocked_item_id, in links of type 1 " +
			"of the part named blocked. Links that block never form a circle, so the walk ends; remember visited " +
			"items, since chains may meet again.",
		example: `{"get_dependencies_request": {"work_item_id": "ITEM-ID"}}`, exampleDescription: "One step of the walk.",
	},
	{
		kind: "query_pattern", category: "work_items", title: "List the backlog",
		content: "Ask for the work items of the project and keep those with status backlog and without sprint_id. Their " +
			"position is the order among siblings.",
		example: `{"get_work_items_request": {"project_id": "PROJECT-ID"}}`, exampleDescription: "All live work items, to be filtered by status and sprint.",
	},
	{
		kind: "business_rule", category: "work_items", title: "What may be put into a sprint",
		content: "A work item of any type may be put into any sprint of its own project that is not deleted, whatever the " +
			"sprint's status, by setting sprint_id; an empty sprint_id takes it out. An item is in one sprint at " +
			"most. Items of a deleted sprint keep its id until they are given another.",
	},
	{
		kind: "business_rule", category: "time_entries", title: "One running timer for each user",
		content: "A user has one running timer at most, over all projects. Starting another stops the first in the same " +
			"step, and the reply names both. Only the owner can stop, change or delete a time entry, whatever " +
			"anybody's role.",
	},
	{
		kind: "business_rule", category: "comments", title: "Comments belong to their authors",
		content: "Only the author of a comment can change or delete it; not even an admin of the project can. Writing " +
			"comments takes the role editor, reading them the role viewer.",
	},
	{
		kind: "business_rule", category: "dependencies", title: "Links stay inside a project",
		content: "Both ends of a link are live items of one project and differ. There is one link at most from one item to " +
			"another, of either type. A link that blocks must not close a circle; the refusal names the way round.",
	},
	{
		kind: "business_rule", category: "work_items", title: "Status is free to flow",
		content: "A work item may go from any status to any other: backlog, todo, in_progress, review, done, blocked. The " +
			"status blocked is set by hand; links do not change it. Priorities are low, medium, high and critical.",
	},
	{
		kind: "instruction", category: "general", title: "Leave out what is deleted",
		content: "Lists hold live entities only. When asking with since_timestamp for what changed, deleted work items " +
			"come too: leave out those that have deleted_at.",
	},
	{
		kind: "instruction", category: "work_items", title: "Order items by position",
		content: "Show work items under the same parent by position, then by item_number. Positions may repeat and have " +
			"gaps.",
	},
	{
		kind: "instruction", category: "general", title: "Compare ids as text",
		content: "Ids in replies are always lower-case text with hyphens. Bring ids from elsewhere into that form first, " +
			"then compare them as text.",
	},
	{
		kind: "instruction", category: "general", title: "Limit what you ask for",
		content: "Ask for pages where there are pages: time entries and activity take limit and offset. For lists without " +
			"pages, as_of_timestamp of one answer is the since_timestamp of the next request, which then brings only " +
			"what changed.",
	},
	{
		kind: "instruction", category: "activity_log", title: "Read history from the activity log",
		content: "Entities hold their present state only. Who changed a field, when, and from what to what is in the " +
			"activity log, also for deleted entities. A comment's or time entry's rows are under its own id, not " +
			"under that of the work item.",
	},
}

// message returns entry number n as clients get it.
func (e *contextEntry) message(n int) *pm.LlmContextEntry {
	id := uuid{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 15: byte(n/10<<4 | n%10)}
	m := &pm.LlmContextEntry{
		Id: id.String(), ContextType: e.kind, Category: e.category, Title: e.title, Content: e.content, Priority: contextPriorities[e.kind],
	}
	if e.example != "" {
		m.ExampleSql, m.ExampleDescription = &e.example, &e.exampleDescription
	}
	return m
}
