// Package probe is the guest that package abi/conformance drives: a handler whose requests are scripts, each line one use
// of the interface, and whose replies tell what came back. It decides nothing by itself, so that what it reports is what
// the host and the SDK did.
//
// Numbers and words of a script are separated by single spaces. Byte strings are written as package conformance says.
package probe

import (
	"workcell/abi"
	"workcell/guests/guest"
)

// Module returns the probe as a guest module.
func Module() guest.Module {
	route := func(id uint32, name string, kind abi.Kind, handle func(*guest.Call) error) guest.Route {
		r := guest.Route{Route: abi.Route{ID: id, Name: name, Kind: kind, Reply: 1001}, Handle: handle}
		if kind == abi.KindWrite {
			r.Events = []uint32{1002}
		}
		return r
	}
	return guest.Module{
		Name:    "probe",
		Version: "1.0.0",
		DataSets: []abi.DataSet{
			{Name: "probe", Access: abi.AccessWrite},
			{Name: "probe-second", Access: abi.AccessWrite},
			{Name: "probe-read", Access: abi.AccessRead},
		},
		Routes: []guest.Route{
			route(2000, "run", abi.KindWrite, runScript),
			route(2001, "look", abi.KindRead, runScript),
			route(2002, "echo", abi.KindRead, echo),
			route(2003, "pieces", abi.KindRead, pieces),
			route(2004, "raw", abi.KindWrite, runRaw),
		},
	}
}

// echo replies with the request.
func echo(c *guest.Call) error {
	c.Reply(c.Request())
	return nil
}

// pieces replies with the request in pieces of 0, 1, 2, 3 ... bytes.
func pieces(c *guest.Call) error {
	rest := c.Request()
	for n := 0; len(rest) > 0; n++ {
		piece := rest[:min(n, len(rest))]
		c.Reply(piece)
		rest = rest[len(piece):]
	}
	return nil
}
