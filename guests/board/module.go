package board

import (
	"workcell/abi"
	"workcell/guests/guest"
)

// Payload fields of events. Those of requests stand in the table of Module.
const (
	eventItemCreated       = 40
	eventItemUpdated       = 41
	eventItemDeleted       = 42
	eventSprintCreated     = 60
	eventSprintUpdated     = 61
	eventSprintDeleted     = 62
	eventCommentCreated    = 80
	eventCommentUpdated    = 81
	eventCommentDeleted    = 82
	eventProjectCreated    = 94
	eventProjectUpdated    = 95
	eventProjectDeleted    = 96
	eventTimerStarted      = 120
	eventTimerStopped      = 121
	eventEntryCreated      = 122
	eventEntryUpdated      = 123
	eventEntryDeleted      = 124
	eventDependencyCreated = 135
	eventDependencyDeleted = 136
	eventActivity          = 142
)

// Module returns the board as a guest module.
func Module() guest.Module {
	return guest.Module{
		Name:     "board",
		Version:  "1.0.0",
		Warm:     warm,
		DataSets: []abi.DataSet{{Name: "board", Access: abi.AccessWrite}},
		Routes: []guest.Route{
			internal(abi.RouteSessionOpened, "SessionOpened", openSession),

			read(20, "Subscribe", 0, subscribe),
			read(21, "Unsubscribe", 0, unsubscribe),

			write(30, "CreateWorkItem", eventItemCreated, 5, createItem),
			write(31, "UpdateWorkItem", eventItemUpdated, 1, updateItem),
			write(32, "DeleteWorkItem", eventItemDeleted, 1, deleteItem),
			costly(read(33, "GetWorkItems", 43, listItems)),

			write(50, "CreateSprint", eventSprintCreated, 1, createSprint),
			write(51, "UpdateSprint", eventSprintUpdated, 1, updateSprint),
			write(52, "DeleteSprint", eventSprintDeleted, 1, deleteSprint),
			read(53, "GetSprints", 63, listSprints),

			write(70, "CreateComment", eventCommentCreated, 1, createComment),
			write(71, "UpdateComment", eventCommentUpdated, 1, updateComment),
			write(72, "DeleteComment", eventCommentDeleted, 1, deleteComment),
			costly(read(73, "GetComments", 83, listComments)),

			write(90, "CreateProject", eventProjectCreated, 3, createProject),
			write(91, "UpdateProject", eventProjectUpdated, 1, updateProject),
			write(92, "DeleteProject", eventProjectDeleted, 1, deleteProject),
			costly(read(93, "ListProjects", 97, listProjects)),

			also(write(110, "StartTimer", eventTimerStarted, 1, startTimer), eventTimerStopped),
			write(111, "StopTimer", eventTimerStopped, 1, stopTimer),
			write(112, "CreateTimeEntry", eventEntryCreated, 1, createEntry),
			write(113, "UpdateTimeEntry", eventEntryUpdated, 1, updateEntry),
			write(114, "DeleteTimeEntry", eventEntryDeleted, 1, deleteEntry),
			costly(read(115, "GetTimeEntries", 125, listEntries)),
			read(116, "GetRunningTimer", 126, getRunningTimer),

			costly(write(130, "CreateDependency", eventDependencyCreated, 1, createDependency)),
			write(131, "DeleteDependency", eventDependencyDeleted, 1, deleteDependency),
			costly(read(132, "GetDependencies", 137, listDependencies)),

			read(140, "GetActivityLog", 141, listActivity),
			read(143, "GetLlmContext", 144, listContext),

			costly(internal(abi.RouteCheck, "Check", checkData)),
			internal(abi.RouteMembers, "Members", manageMembers),
			internal(abi.RouteRetention, "Retention", deleteOldActivity),
		},
	}
}

func read(id uint32, name string, reply uint32, handle func(*guest.Call) error) guest.Route {
	return guest.Route{Route: abi.Route{ID: id, Name: name, Kind: abi.KindRead, Reply: reply}, Handle: handle}
}

// internal makes a route that the host calls by itself.
func internal(id uint32, name string, handle func(*guest.Call) error) guest.Route {
	return guest.Route{Route: abi.Route{ID: id, Name: name, Kind: abi.KindInternal}, Handle: handle}
}

// costly asks for the fuel of a list of some hundred thousand items: an item takes about 13 000 units.
func costly(r guest.Route) guest.Route {
	r.Fuel = 4_000_000_000
	return r
}

// also lets a route announce another event.
func also(r guest.Route, event uint32) guest.Route {
	r.Events = append(r.Events, event)
	return r
}

// write makes a route that replies with the event it announces. serial is the field of the request that names the
// entity the call contends for.
func write(id uint32, name string, event, serial uint32, handle func(*guest.Call) error) guest.Route {
	return guest.Route{
		Route: abi.Route{
			ID: id, Name: name, Kind: abi.KindWrite, Reply: event, Events: []uint32{event, eventActivity}, Serial: serial,
		},
		Handle: handle,
	}
}
