package e2e

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

// matrix is the table, with more than one row where it makes a difference. Never changed.
var matrix = slices.Concat(boardRows, workRows)

// boardRows are those of items, projects and sprints.
var boardRows = []row{
	{
		name: "Ping", user: vic,
		request: func(*scene) proto.Message { return &pmpb.Ping{Timestamp: 12345} },
		reply:   "pong:{timestamp:12345}",
	},
	{
		name: "Subscribe", user: vic,
		request: func(s *scene) proto.Message {
			return &pmpb.Subscribe{ProjectIds: []string{s.p.Id, "p1"}, SprintIds: []string{s.planned(), "s1"}}
		},
		reply: "acknowledged",
	},
	{
		name: "Unsubscribe", user: vic,
		request: func(s *scene) proto.Message {
			return &pmpb.Unsubscribe{ProjectIds: []string{s.q.Id, "p1"}, SprintIds: []string{s.planned()}}
		},
		reply: "acknowledged",
	},

	{
		name: "CreateWorkItem", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: " Dig ", ProjectId: s.p.Id}
		},
		reply:   `work_item_created:{work_item:{id:NEW item_type:4 project_id:P position:1 title:"Dig" status:"backlog" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE priority:"medium" version:1 item_number:1} user_id:EVE}`,
		project: []string{"work_item NEW created by EVE", "work_item_created"},
	},
	{
		name: "CreateWorkItem with everything", user: eve,
		request: func(s *scene) proto.Message {
			_, story, _ := s.under()
			return &pmpb.CreateWorkItemRequest{
				ItemType: pmpb.WorkItemType_TASK, Title: "Dig", Description: new(""), ParentId: &story, ProjectId: s.p.Id,
				Status: new("blocked"), Priority: new("critical"),
			}
		},
		reply:   `work_item_created:{work_item:{id:NEW item_type:4 parent_id:STORY project_id:P position:2 title:"Dig" description:"" status:"blocked" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE priority:"critical" version:1 item_number:4 ancestor_ids:[STORY EPIC]} user_id:EVE}`,
		project: []string{"work_item NEW created by EVE", "work_item_created"},
	},
	{
		name: "UpdateWorkItem", user: eve,
		request: func(s *scene) proto.Message {
			_, _, task := s.under()
			sprint := s.planned()
			return &pmpb.UpdateWorkItemRequest{
				WorkItemId: task, ExpectedVersion: 1, Title: new("Fill"), Description: new("with <b>earth</b>"), Status: new("review"),
				AssigneeId: new(vic), SprintId: &sprint, Position: new(int32(7)), Priority: new("low"), StoryPoints: new(int32(8)), UpdateParent: true,
			}
		},
		reply: `work_item_updated:{work_item:{id:TASK item_type:4 project_id:P position:7 title:"Fill" description:"with <b>earth</b>" status:"review" assignee_id:VIC sprint_id:SPRINT created_at:NOW updated_at:NOW created_by:ANN updated_by:EVE priority:"low" story_points:8 version:2 item_number:3} changes:[{field_name:"title" old_value:"TASK" new_value:"Fill"} {field_name:"description" old_value:"" new_value:"with <b>earth</b>"} {field_name:"status" old_value:"backlog" new_value:"review"} {field_name:"assignee_id" old_value:"" new_value:VIC} {field_name:"position" old_value:"1" new_value:"7"} {field_name:"parent_id" old_value:STORY} {field_name:"priority" old_value:"medium" new_value:"low"} {field_name:"story_points" new_value:"8"} {field_name:"sprint_id" new_value:SPRINT}] user_id:EVE}`,
		project: []string{
			`work_item TASK updated by EVE: title "TASK" > "Fill"`,
			`work_item TASK updated by EVE: description "" > "with <b>earth</b>"`,
			`work_item TASK updated by EVE: status "backlog" > "review"`,
			`work_item TASK updated by EVE: assignee_id "" > VIC`,
			`work_item TASK updated by EVE: position "1" > "7"`,
			"work_item TASK updated by EVE: parent_id STORY > -",
			`work_item TASK updated by EVE: priority "medium" > "low"`,
			`work_item TASK updated by EVE: story_points - > "8"`,
			"work_item TASK updated by EVE: sprint_id - > SPRINT",
			"work_item_updated",
		},
	},
	{
		name: "UpdateWorkItem of points alone", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateWorkItemRequest{WorkItemId: s.item("Dig"), ExpectedVersion: 1, StoryPoints: new(int32(5))}
		},
		reply:   `work_item_updated:{work_item:{id:ITEM item_type:4 project_id:P position:1 title:"Dig" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:EVE priority:"medium" story_points:5 version:2 item_number:1} changes:[{field_name:"story_points" new_value:"5"}] user_id:EVE}`,
		project: []string{`work_item ITEM updated by EVE: story_points - > "5"`, "work_item_updated"},
	},
	{
		name: "UpdateWorkItem that changes nothing", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateWorkItemRequest{WorkItemId: s.item("Dig"), ExpectedVersion: 1, Title: new(" Dig\n"), Status: new("backlog")}
		},
		reply: `work_item_updated:{work_item:{id:ITEM item_type:4 project_id:P position:1 title:"Dig" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN priority:"medium" version:1 item_number:1} user_id:EVE}`,
	},
	{
		name: "DeleteWorkItem", user: ann,
		request: func(s *scene) proto.Message {
			return &pmpb.DeleteWorkItemRequest{WorkItemId: s.item("Dig")}
		},
		reply:   "work_item_deleted:{work_item_id:ITEM user_id:ANN}",
		project: []string{"work_item ITEM deleted by ANN", "work_item_deleted"},
	},
	{
		name: "GetWorkItems", user: vic,
		request: func(s *scene) proto.Message {
			s.under()
			return &pmpb.GetWorkItemsRequest{ProjectId: s.p.Id}
		},
		reply: `work_items_list:{work_items:[{id:EPIC item_type:2 project_id:P position:1 title:"EPIC" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN priority:"medium" version:1 item_number:1 descendant_ids:[STORY TASK]} {id:STORY item_type:3 parent_id:EPIC project_id:P position:1 title:"STORY" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN priority:"medium" version:1 item_number:2 ancestor_ids:[EPIC] descendant_ids:[TASK]} {id:TASK item_type:4 parent_id:STORY project_id:P position:1 title:"TASK" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN priority:"medium" version:1 item_number:3 ancestor_ids:[STORY EPIC]}] as_of_timestamp:NOW}`,
	},
	{
		name: "GetWorkItems of an empty project", user: vic,
		request: func(s *scene) proto.Message {
			return &pmpb.GetWorkItemsRequest{ProjectId: s.p.Id}
		},
		reply: "work_items_list:{as_of_timestamp:NOW}",
	},
	{
		name: "GetWorkItems since a time, deleted ones too", user: vic,
		request: func(s *scene) proto.Message {
			ask[*pmpb.WorkItemDeleted](s.t, s.boss, &pmpb.DeleteWorkItemRequest{WorkItemId: s.item("Dig")})
			return &pmpb.GetWorkItemsRequest{ProjectId: s.p.Id, SinceTimestamp: new(s.now)}
		},
		reply: `work_items_list:{work_items:[{id:ITEM item_type:4 project_id:P position:1 title:"Dig" status:"backlog" created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN deleted_at:NOW priority:"medium" version:1 item_number:1}] as_of_timestamp:NOW}`,
	},

	{
		name: "CreateProject", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateProjectRequest{Title: "Garden", Description: new(" "), Key: "gdn_1"}
		},
		reply: `project_created:{project:{id:NEW title:"Garden" description:"" key:"GDN_1" status:1 version:1 created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE next_work_item_number:1} user_id:EVE}`,
		self:  []string{"project NEW created by EVE", "project_created"},
	},
	{
		name: "UpdateProject", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateProjectRequest{
				ProjectId: s.p.Id, ExpectedVersion: 1, Title: new("Park"), Description: new("green"), Status: new(pmpb.ProjectStatus_PROJECT_STATUS_ARCHIVED),
			}
		},
		reply: `project_updated:{project:{id:P title:"Park" description:"green" key:KEY status:2 version:2 created_at:NOW updated_at:NOW created_by:ANN updated_by:EVE next_work_item_number:1} changes:[{field_name:"title" old_value:TITLE new_value:"Park"} {field_name:"description" new_value:"green"} {field_name:"status" old_value:"active" new_value:"archived"}] user_id:EVE}`,
		project: []string{
			`project P updated by EVE: title TITLE > "Park"`,
			`project P updated by EVE: description - > "green"`,
			`project P updated by EVE: status "active" > "archived"`,
			"project_updated",
		},
	},
	{
		name: "UpdateProject that changes nothing", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateProjectRequest{ProjectId: s.p.Id, ExpectedVersion: 1, Title: new(s.p.Title)}
		},
		reply: "project_updated:{project:{id:P title:TITLE key:KEY status:1 version:1 created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN next_work_item_number:1} user_id:EVE}",
	},
	{
		name: "DeleteProject", user: ann,
		request: func(s *scene) proto.Message {
			return &pmpb.DeleteProjectRequest{ProjectId: s.p.Id, ExpectedVersion: 1}
		},
		reply:   "project_deleted:{project_id:P user_id:ANN}",
		project: []string{"project P deleted by ANN", "project_deleted"},
	},
	{
		name: "ListProjects", user: vic,
		request: func(*scene) proto.Message { return &pmpb.ListProjectsRequest{} },
		reply:   "project_list:{projects:[{id:...",
	},

	{
		name: "CreateSprint", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateSprintRequest{ProjectId: s.p.Id, Name: "First", Goal: new(""), StartDate: s.now + 24*hour, EndDate: s.now + 48*hour}
		},
		reply:   `sprint_created:{sprint:{id:NEW project_id:P name:"First" goal:"" start_date:TOMORROW end_date:DAY AFTER status:1 created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE version:1} user_id:EVE}`,
		project: []string{"sprint NEW created by EVE", "sprint_created"},
	},
	{
		name: "UpdateSprint", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateSprintRequest{
				SprintId: s.planned(), ExpectedVersion: 1, Name: new("Second"), Goal: new("all"), StartDate: new(s.now - 2*hour),
				EndDate: new(s.now - hour), Status: new(pmpb.SprintStatus_ACTIVE),
			}
		},
		reply: `sprint_updated:{sprint:{id:SPRINT project_id:P name:"Second" goal:"all" start_date:2 HOURS AGO end_date:HOUR AGO status:2 created_at:NOW updated_at:NOW created_by:ANN updated_by:EVE version:2} changes:[{field_name:"name" old_value:"First" new_value:"Second"} {field_name:"goal" new_value:"all"} {field_name:"start_date" old_value:TOMORROW new_value:2 HOURS AGO} {field_name:"end_date" old_value:DAY AFTER new_value:HOUR AGO} {field_name:"status" old_value:"planned" new_value:"active"}] user_id:EVE}`,
		project: []string{
			`sprint SPRINT updated by EVE: name "First" > "Second"`,
			`sprint SPRINT updated by EVE: goal - > "all"`,
			"sprint SPRINT updated by EVE: start_date TOMORROW > 2 HOURS AGO",
			"sprint SPRINT updated by EVE: end_date DAY AFTER > HOUR AGO",
			`sprint SPRINT updated by EVE: status "planned" > "active"`,
			"sprint_updated",
		},
		sprint: []string{
			`sprint SPRINT updated by EVE: name "First" > "Second"`,
			`sprint SPRINT updated by EVE: goal - > "all"`,
			"sprint SPRINT updated by EVE: start_date TOMORROW > 2 HOURS AGO",
			"sprint SPRINT updated by EVE: end_date DAY AFTER > HOUR AGO",
			`sprint SPRINT updated by EVE: status "planned" > "active"`,
		},
	},
	{
		name: "UpdateSprint that changes nothing", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateSprintRequest{SprintId: s.planned(), ExpectedVersion: 1, Status: new(pmpb.SprintStatus_PLANNED)}
		},
		reply: `sprint_updated:{sprint:{id:SPRINT project_id:P name:"First" start_date:TOMORROW end_date:DAY AFTER status:1 created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN version:1} user_id:EVE}`,
	},
	{
		name: "DeleteSprint", user: ann,
		request: func(s *scene) proto.Message { return &pmpb.DeleteSprintRequest{SprintId: s.planned()} },
		reply:   "sprint_deleted:{sprint_id:SPRINT user_id:ANN}",
		project: []string{"sprint SPRINT deleted by ANN", "sprint_deleted"},
		sprint:  []string{"sprint SPRINT deleted by ANN"},
	},
	{
		name: "GetSprints", user: vic,
		request: func(s *scene) proto.Message {
			s.planned()
			return &pmpb.GetSprintsRequest{ProjectId: s.p.Id}
		},
		reply: `sprints_list:{sprints:[{id:SPRINT project_id:P name:"First" start_date:TOMORROW end_date:DAY AFTER status:1 created_at:NOW updated_at:NOW created_by:ANN updated_by:ANN version:1}]}`,
	},
}
