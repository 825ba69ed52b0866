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
			{ID: 90, Name: "CreateProject", Kind: "write", Reply: 94, Events: []uint32{94, 142}, Serial: 3},
			{ID: 91, Name: "UpdateProject", Kind: "write", Reply: 95, Events: []uint32{95, 142}, Serial: 1},
			{ID: 92, Name: "DeleteProject", Kind: "write", Reply: 96, Events: []uint32{96, 142}, Serial: 1},
			{ID: 93, Name: "ListProjects", Kind: "read", Reply: 97, Fuel: 4_000_000_000},
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
