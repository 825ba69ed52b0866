// Command hostile is a handler that is wrong in every way a test asks for: the request is the name of a misbehaviour and
// its arguments. It exists to prove that such a handler costs its own call an error reply, and nothing else. It claims
// numbers of the wire protocol that no message has. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o hostile.wasm ./guests/hostile
package main

import (
	"strconv"
	"strings"

	"workcell/abi"
	"workcell/guests/guest"
)

// The routes, and the payload fields of replies and events.
const (
	routeWrite = 990
	routeRead  = 991
	fieldReply = 992
	fieldEvent = 993
)

// The data sets.
const (
	setOwn      = 0
	setReadOnly = 1
)

func init() {
	route := func(id uint32, name string, kind abi.Kind) guest.Route {
		r := guest.Route{Route: abi.Route{ID: id, Name: name, Kind: kind, Reply: fieldReply, Fuel: 1 << 50}, Handle: misbehave}
		if kind == abi.KindWrite {
			r.Events = []uint32{fieldEvent}
		}
		return r
	}
	guest.Serve(guest.Module{
		Name: "hostile", Version: "1.0.0",
		DataSets: []abi.DataSet{{Name: "hostile", Access: abi.AccessWrite}, {Name: "hostile-read", Access: abi.AccessRead}},
		Routes:   []guest.Route{route(routeWrite, "Hostile", abi.KindWrite), route(routeRead, "HostileRead", abi.KindRead)},
	})
}

func main() {}

// misbehave does what the request says. "half" before it leaves some of everything undone when the rest goes wrong.
func misbehave(c *guest.Call) error {
	words := strings.Split(string(c.Request()), " ")
	if words[0] == "half" {
		c.Put(setOwn, []byte("half"), []byte("done"))
		c.Emit(fieldEvent, []byte("half done"), topic)
		c.Subscribe(topic)
		c.Reply([]byte("half done"))
		words = words[1:]
	}
	f, ok := behaviours[words[0]]
	if !ok {
		return guest.Refuse(abi.CodeInvalidMessage, "No such behaviour")
	}
	return f(c, words[1:])
}

func number(w string) int {
	n, err := strconv.ParseUint(w, 0, 32)
	if err != nil {
		panic("hostile: " + w + " is no number")
	}
	return int(n)
}
