package e2e

import (
	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

// workRows are those of what hangs on items, and of history and context.
var workRows = []row{
	{
		name: "CreateComment", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateCommentRequest{WorkItemId: s.item("Dig"), Content: " Why? "}
		},
		reply:   `comment_created:{comment:{id:NEW work_item_id:ITEM content:"Why?" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE} user_id:EVE}`,
		project: []string{"comment NEW created by EVE", "comment_created"},
	},
	{
		name: "UpdateComment", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateCommentRequest{CommentId: s.comment(), Content: "Second!"}
		},
		reply:   `comment_updated:{comment:{id:COMMENT work_item_id:ITEM content:"Second!" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE} user_id:EVE}`,
		project: []string{"comment COMMENT updated by EVE", "comment_updated"},
	},
	{
		name: "UpdateComment with the same text", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateCommentRequest{CommentId: s.comment(), Content: "First!"}
		},
		reply:   `comment_updated:{comment:{id:COMMENT work_item_id:ITEM content:"First!" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE} user_id:EVE}`,
		project: []string{"comment COMMENT updated by EVE", "comment_updated"},
	},
	{
		name: "DeleteComment", user: eve,
		request: func(s *scene) proto.Message { return &pmpb.DeleteCommentRequest{CommentId: s.comment()} },
		reply:   "comment_deleted:{comment_id:COMMENT user_id:EVE}",
		project: []string{"comment COMMENT deleted by EVE", "comment_deleted"},
	},
	{
		name: "GetComments", user: eve,
		request: func(s *scene) proto.Message {
			s.comment()
			return &pmpb.GetCommentsRequest{WorkItemId: s.id("ITEM")}
		},
		reply: `comments_list:{comments:[{id:COMMENT work_item_id:ITEM content:"First!" created_at:NOW updated_at:NOW created_by:EVE updated_by:EVE}]}`,
	},

	{
		name: "StartTimer", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.StartTimerRequest{WorkItemId: s.item("Dig"), Description: new("by hand")}
		},
		reply:   `timer_started:{time_entry:{id:NEW work_item_id:ITEM user_id:EVE started_at:NOW description:"by hand" created_at:NOW updated_at:NOW} user_id:EVE}`,
		project: []string{"time_entry NEW created by EVE", "timer_started"},
	},
	{
		name: "StartTimer where another runs", user: eve,
		request: func(s *scene) proto.Message {
			s.timer(s.name("FIRST", s.item("Dig")))
			return &pmpb.StartTimerRequest{WorkItemId: s.item("Fill")}
		},
		reply: "timer_started:{time_entry:{id:NEW work_item_id:ITEM user_id:EVE started_at:NOW created_at:NOW updated_at:NOW} user_id:EVE stopped_entry:{id:TIMER work_item_id:FIRST user_id:EVE started_at:NOW ended_at:NOW duration_seconds:BRIEF created_at:NOW updated_at:NOW}}",
		project: []string{
			"time_entry TIMER updated by EVE: ended_at - > NOW",
			"time_entry NEW created by EVE",
			"timer_started",
		},
	},
	{
		name: "StartTimer where another runs in another project", user: eve,
		request: func(s *scene) proto.Message {
			s.timer(s.away())
			return &pmpb.StartTimerRequest{WorkItemId: s.item("Fill")}
		},
		reply:     "timer_started:{time_entry:{id:NEW work_item_id:ITEM user_id:EVE started_at:NOW created_at:NOW updated_at:NOW} user_id:EVE stopped_entry:{id:TIMER work_item_id:AWAY user_id:EVE started_at:NOW ended_at:NOW duration_seconds:BRIEF created_at:NOW updated_at:NOW}}",
		project:   []string{"time_entry NEW created by EVE", "timer_started"},
		elsewhere: []string{"time_entry TIMER updated by EVE: ended_at - > NOW", "timer_stopped:{time_entry:{id:TIMER work_item_id:AWAY user_id:EVE started_at:NOW ended_at:NOW duration_seconds:BRIEF created_at:NOW updated_at:NOW} user_id:EVE}"},
	},
	{
		name: "StopTimer", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.StopTimerRequest{TimeEntryId: s.timer(s.item("Dig"))}
		},
		reply:   "timer_stopped:{time_entry:{id:TIMER work_item_id:ITEM user_id:EVE started_at:NOW ended_at:NOW duration_seconds:BRIEF created_at:NOW updated_at:NOW} user_id:EVE}",
		project: []string{"time_entry TIMER updated by EVE: ended_at - > NOW", "timer_stopped"},
	},
	{
		name: "CreateTimeEntry", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateTimeEntryRequest{WorkItemId: s.item("Dig"), StartedAt: s.now - 2*hour, EndedAt: s.now - hour, Description: new("done")}
		},
		reply:   `time_entry_created:{time_entry:{id:NEW work_item_id:ITEM user_id:EVE started_at:2 HOURS AGO ended_at:HOUR AGO duration_seconds:3600 description:"done" created_at:NOW updated_at:NOW} user_id:EVE}`,
		project: []string{"time_entry NEW created by EVE", "time_entry_created"},
	},
	{
		name: "UpdateTimeEntry", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateTimeEntryRequest{TimeEntryId: s.entry(), StartedAt: new(s.now - 3*hour), Description: new("longer")}
		},
		reply: `time_entry_updated:{time_entry:{id:ENTRY work_item_id:ITEM user_id:EVE started_at:3 HOURS AGO ended_at:HOUR AGO duration_seconds:7200 description:"longer" created_at:NOW updated_at:NOW} user_id:EVE}`,
		project: []string{
			"time_entry ENTRY updated by EVE: started_at 2 HOURS AGO > 3 HOURS AGO",
			`time_entry ENTRY updated by EVE: description - > "longer"`,
			"time_entry_updated",
		},
	},
	{
		name: "UpdateTimeEntry without a field", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateTimeEntryRequest{TimeEntryId: s.entry()}
		},
		reply: "time_entry_updated:{time_entry:{id:ENTRY work_item_id:ITEM user_id:EVE started_at:2 HOURS AGO ended_at:HOUR AGO duration_seconds:3600 created_at:NOW updated_at:NOW} user_id:EVE}",
	},
	{
		name: "UpdateTimeEntry with what is stored", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.UpdateTimeEntryRequest{TimeEntryId: s.entry(), EndedAt: new(s.now - hour)}
		},
		reply:   "time_entry_updated:{time_entry:{id:ENTRY work_item_id:ITEM user_id:EVE started_at:2 HOURS AGO ended_at:HOUR AGO duration_seconds:3600 created_at:NOW updated_at:NOW} user_id:EVE}",
		project: []string{"time_entry ENTRY updated by EVE", "time_entry_updated"},
	},
	{
		name: "DeleteTimeEntry", user: eve,
		request: func(s *scene) proto.Message { return &pmpb.DeleteTimeEntryRequest{TimeEntryId: s.entry()} },
		reply:   "time_entry_deleted:{time_entry_id:ENTRY work_item_id:ITEM user_id:EVE}",
		project: []string{"time_entry ENTRY deleted by EVE", "time_entry_deleted"},
	},
	{
		name: "GetTimeEntries", user: eve,
		request: func(s *scene) proto.Message {
			s.entry()
			return &pmpb.GetTimeEntriesRequest{WorkItemId: s.id("ITEM"), Limit: new(int32(1))}
		},
		reply: "time_entries_list:{time_entries:[{id:ENTRY work_item_id:ITEM user_id:EVE started_at:2 HOURS AGO ended_at:HOUR AGO duration_seconds:3600 created_at:NOW updated_at:NOW}] total_count:1}",
	},
	{
		name: "GetRunningTimer", user: eve,
		request: func(s *scene) proto.Message {
			s.timer(s.item("Dig"))
			return &pmpb.GetRunningTimerRequest{}
		},
		reply: "running_timer_response:{time_entry:{id:TIMER work_item_id:ITEM user_id:EVE started_at:NOW created_at:NOW updated_at:NOW}}",
	},
	{
		name: "GetRunningTimer where none runs", user: vic,
		request: func(*scene) proto.Message { return &pmpb.GetRunningTimerRequest{} },
		reply:   "running_timer_response:{}",
	},

	{
		name: "CreateDependency", user: eve,
		request: func(s *scene) proto.Message {
			return &pmpb.CreateDependencyRequest{
				BlockingItemId: s.name("ONE", s.item("One")), BlockedItemId: s.name("TWO", s.item("Two")), DependencyType: pmpb.DependencyType_RELATES_TO,
			}
		},
		reply:   "dependency_created:{dependency:{id:NEW blocking_item_id:ONE blocked_item_id:TWO dependency_type:2 created_at:NOW created_by:EVE} user_id:EVE}",
		project: []string{"dependency NEW created by EVE", "dependency_created"},
	},
	{
		name: "DeleteDependency", user: eve,
		request: func(s *scene) proto.Message { return &pmpb.DeleteDependencyRequest{DependencyId: s.link()} },
		reply:   "dependency_deleted:{dependency_id:LINK blocking_item_id:ONE blocked_item_id:TWO user_id:EVE}",
		project: []string{"dependency LINK deleted by EVE", "dependency_deleted"},
	},
	{
		name: "GetDependencies of the blocked side", user: eve,
		request: func(s *scene) proto.Message {
			s.link()
			return &pmpb.GetDependenciesRequest{WorkItemId: s.id("TWO")}
		},
		reply: "dependencies_list:{blocking:[{id:LINK blocking_item_id:ONE blocked_item_id:TWO dependency_type:1 created_at:NOW created_by:EVE}]}",
	},
	{
		name: "GetDependencies of the blocking side", user: eve,
		request: func(s *scene) proto.Message {
			s.link()
			return &pmpb.GetDependenciesRequest{WorkItemId: s.id("ONE")}
		},
		reply: "dependencies_list:{blocked:[{id:LINK blocking_item_id:ONE blocked_item_id:TWO dependency_type:1 created_at:NOW created_by:EVE}]}",
	},

	{
		name: "GetActivityLog", user: vic,
		request: func(s *scene) proto.Message {
			item := s.item("Dig")
			ask[*pmpb.WorkItemUpdated](s.t, s.boss, &pmpb.UpdateWorkItemRequest{WorkItemId: item, ExpectedVersion: 1, Status: new("done"), Position: new(int32(2))})
			ask[*pmpb.WorkItemDeleted](s.t, s.boss, &pmpb.DeleteWorkItemRequest{WorkItemId: item})
			return &pmpb.GetActivityLogRequest{EntityType: "work_item", EntityId: item, Limit: 3}
		},
		reply: `activity_log_list:{entries:[{id:NEW entity_type:"work_item" entity_id:ITEM action:"deleted" user_id:ANN timestamp:NOW} {id:NEW entity_type:"work_item" entity_id:ITEM action:"updated" field_name:"position" old_value:"1" new_value:"2" user_id:ANN timestamp:NOW comment:"2 fields changed"} {id:NEW entity_type:"work_item" entity_id:ITEM action:"updated" field_name:"status" old_value:"backlog" new_value:"done" user_id:ANN timestamp:NOW comment:"2 fields changed"}] total_count:4 has_more:true}`,
	},
	{
		name: "GetLlmContext of nothing", user: vic,
		request: func(*scene) proto.Message {
			return &pmpb.GetLlmContextRequest{Category: new("swim_lanes"), ContextType: new("example")}
		},
		reply: "llm_context_list:{}",
	},
	{
		name: "GetLlmContext", user: vic,
		request: func(*scene) proto.Message {
			return &pmpb.GetLlmContextRequest{Category: new("swim_lanes"), ContextType: new("schema_doc"), MinPriority: new(int32(100))}
		},
		reply: `llm_context_list:{entries:[{id:CONTEXT 10 context_type:"schema_doc" category:"swim_lanes" title:...`,
	},
}
