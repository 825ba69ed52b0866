package board

import (
	"workcell/abi"
	"workcell/guests/guest"
)

// Payload fields of events. Those of requests stand in the table of Module.
const (
	eventItemCreated    = 40
	eventItemUpdated    = 41
	eventItemDeleted    = 42
	eventProjectCreated = 94
	eventProjectUpdated = 95
	eventProjectDeleted = 96
	eventActivity       = 142
)

// Module returns the board as a guest module.
func Module() guest.Module {
	return guest.Module{
		Name:     "board",
		Version:  "1.0.0",
		DataSets: []abi.DataSet{{Name: "board", Access: abi.AccessWrite}},
		Routes: []guest.Route{
			{Route: abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal}, Handle: openSession},

			read(20, "Subscribe", 0, subscribe),
			read(21, "Unsubscribe", 0, unsubscribe),

			write(30, "CreateWorkItem", eventItemCreated, 5, createItem),
			write(31, "UpdateWorkItem", eventItemUpdated, 1, updateItem),
			write(32, "DeleteWorkItem", eventItemDeleted, 1, deleteItem),
			costly(read(33, "GetWorkItems", 43, listItems)),

			write(90, "CreateProject", eventProjectCreated, 3, createProject),
			write(91, "UpdateProject", eventProjectUpdated, 1, updateProject),
			write(92, "DeleteProject", eventProjectDeleted, 1, deleteProject),
			costly(read(93, "ListProjects", 97, listProjects)),
		},
	}
}

func read(id uint32, name string, reply uint32, handle func(*guest.Call) error) guest.Route {
	return guest.Route{Route: abi.Route{ID: id, Name: name, Kind: abi.KindRead, Reply: reply}, Handle: handle}
}

// costly asks for the fuel of a list of some hundred thousand items: an item takes about 13 000 units.
func costly(r guest.Route) guest.Route {
	r.Fuel = 4_000_000_000
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
