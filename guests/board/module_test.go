package board

import (
	"testing"

	"workcell/abi"
	"workcell/guests/guest"
)

func TestManifest(t *testing.T) {
	m := Module()
	same(t, "manifest", m.Manifest(), &abi.Manifest{
		ABI: 1, Name: "board", Version: "1.0.0", DataSets: []abi.DataSet{{Name: "board", Access: "write"}},
		Routes: []abi.Route{
			{ID: 1, Name: "SessionOpened", Kind: "internal"},
			{ID: 20, Name: "Subscribe", Kind: "read"},
			{ID: 21, Name: "Unsubscribe", Kind: "read"},
			{ID: 30, Name: "CreateWorkItem", Kind: "write", Reply: 40, Events: []uint32{40, 142}, Serial: 5},
			{ID: 31, Name: "UpdateWorkItem", Kind: "write", Reply: 41, Events: []uint32{41, 142}, Serial: 1},
			{ID: 32, Name: "DeleteWorkItem", Kind: "write", Reply: 42, Events: []uint32{42, 142}, Serial: 1},
			{ID: 33, Name: "GetWorkItems", Kind: "read", Reply: 43, Fuel: 4_000_000_000},
			{ID: 50, Name: "CreateSprint", Kind: "write", Reply: 60, Events: []uint32{60, 142}, Serial: 1},
			{ID: 51, Name: "UpdateSprint", Kind: "write", Reply: 61, Events: []uint32{61, 142}, Serial: 1},
			{ID: 52, Name: "DeleteSprint", Kind: "write", Reply: 62, Events: []uint32{62, 142}, Serial: 1},
			{ID: 53, Name: "GetSprints", Kind: "read", Reply: 63},
			{ID: 70, Name: "CreateComment", Kind: "write", Reply: 80, Events: []uint32{80, 142}, Serial: 1},
			{ID: 71, Name: "UpdateComment", Kind: "write", Reply: 81, Events: []uint32{81, 142}, Serial: 1},
			{ID: 72, Name: "DeleteComment", Kind: "write", Reply: 82, Events: []uint32{82, 142}, Serial: 1},
			{ID: 73, Name: "GetComments", Kind: "read", Reply: 83, Fuel: 4_000_000_000},
			{ID: 90, Name: "CreateProject", Kind: "write", Reply: 94, Events: []uint32{94, 142}, Serial: 3},
			{ID: 91, Name: "UpdateProject", Kind: "write", Reply: 95, Events: []uint32{95, 142}, Serial: 1},
			{ID: 92, Name: "DeleteProject", Kind: "write", Reply: 96, Events: []uint32{96, 142}, Serial: 1},
			{ID: 93, Name: "ListProjects", Kind: "read", Reply: 97, Fuel: 4_000_000_000},
			{ID: 110, Name: "StartTimer", Kind: "write", Reply: 120, Events: []uint32{120, 142, 121}, Serial: 1},
			{ID: 111, Name: "StopTimer", Kind: "write", Reply: 121, Events: []uint32{121, 142}, Serial: 1},
			{ID: 112, Name: "CreateTimeEntry", Kind: "write", Reply: 122, Events: []uint32{122, 142}, Serial: 1},
			{ID: 113, Name: "UpdateTimeEntry", Kind: "write", Reply: 123, Events: []uint32{123, 142}, Serial: 1},
			{ID: 114, Name: "DeleteTimeEntry", Kind: "write", Reply: 124, Events: []uint32{124, 142}, Serial: 1},
			{ID: 115, Name: "GetTimeEntries", Kind: "read", Reply: 125, Fuel: 4_000_000_000},
			{ID: 116, Name: "GetRunningTimer", Kind: "read", Reply: 126},
			{ID: 130, Name: "CreateDependency", Kind: "write", Reply: 135, Events: []uint32{135, 142}, Serial: 1, Fuel: 4_000_000_000},
			{ID: 131, Name: "DeleteDependency", Kind: "write", Reply: 136, Events: []uint32{136, 142}, Serial: 1},
			{ID: 132, Name: "GetDependencies", Kind: "read", Reply: 137, Fuel: 4_000_000_000},
			{ID: 140, Name: "GetActivityLog", Kind: "read", Reply: 141},
			{ID: 143, Name: "GetLlmContext", Kind: "read", Reply: 144},
			{ID: 2, Name: "Check", Kind: "internal", Fuel: 4_000_000_000},
			{ID: 3, Name: "Members", Kind: "internal"},
			{ID: 4, Name: "Retention", Kind: "internal"},
		},
	})
}

func TestMalformedRequestsAreNotDecoded(t *testing.T) {
	w := newWorld(t)
	m := Module()
	for _, route := range m.Routes {
		if route.Kind == abi.KindInternal {
			continue
		}
		for name, payload := range map[string][]byte{
			"half a number": {0x80}, "half a text": {0x0a, 5, 'a'}, "field zero": {0x00, 0x01}, "a group that never ends": {0x0b},
		} {
			t.Run(route.Name+"/"+name, func(t *testing.T) {
				r := w.Call(route.ID, payload)
				same(t, "refusal", r.Refusal, &guest.Refusal{Code: abi.CodeDecode, Message: "The message could not be read"})
			})
		}
	}
}
