// Command main is a handler whose calls are measured: it does what handlers do with a request, in two encodings. Build it
// with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o figures.wasm ./guests/figures/main
package main

import (
	"encoding/json"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// The routes. An empty request for one of the first two is answered with an example of a request.
const (
	routeJSON  = 2000
	routeProto = 2001
	routeTrap  = 2002 // routeProto, and a panic after it
	routeSpin  = 2003 // until somebody ends it
)

func init() {
	route := func(id uint32, name string, handle func(*guest.Call) error) guest.Route {
		return guest.Route{Route: abi.Route{ID: id, Name: name, Kind: abi.KindRead, Reply: 1001}, Handle: handle}
	}
	guest.Serve(guest.Module{
		Name: "figures", Version: "1.0.0",
		DataSets: []abi.DataSet{{Name: "figures", Access: abi.AccessRead}},
		Routes: []guest.Route{
			route(routeJSON, "json", handleJSON), route(routeProto, "proto", handleProto),
			route(routeTrap, "trap", handleTrap), route(routeSpin, "spin", spin),
		},
		Warm: warm,
	})
}

func main() {}

func handleJSON(c *guest.Call) error {
	request := c.Request()
	if len(request) == 0 {
		request = exampleJSON()
		c.Reply(request)
		return nil
	}
	reply, err := editJSON(request)
	if err != nil {
		return guest.Refuse(abi.CodeInvalidMessage, err.Error())
	}
	c.Reply(reply)
	return nil
}

func handleProto(c *guest.Call) error {
	request := c.Request()
	if len(request) == 0 {
		c.Reply(exampleProto())
		return nil
	}
	reply, err := editProto(request)
	if err != nil {
		return guest.Refuse(abi.CodeInvalidMessage, err.Error())
	}
	c.Reply(reply)
	return nil
}

func handleTrap(c *guest.Call) error {
	if err := handleProto(c); err != nil {
		return err
	}
	panic("figures: as asked")
}

func spin(c *guest.Call) error {
	for c.Route() == routeSpin {
	}
	return nil
}

// warm takes the paths that calls take before the image is taken, as a handler should.
func warm() {
	for range 3 {
		_, _ = editJSON(exampleJSON())
		_, _ = editProto(exampleProto())
	}
}

// task is a work item as JSON.
type task struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Status      string   `json:"status"`
	Points      int      `json:"points"`
	Version     int      `json:"version"`
	Labels      []string `json:"labels"`
}

func editJSON(request []byte) ([]byte, error) {
	var tasks []task
	if err := json.Unmarshal(request, &tasks); err != nil {
		return nil, err
	}
	for i := range tasks {
		tasks[i].Version++
		tasks[i].Status = "done"
	}
	return json.Marshal(tasks)
}

func editProto(request []byte) ([]byte, error) {
	var list pm.WorkItemsList
	if err := list.Parse(request); err != nil {
		return nil, err
	}
	for i := range list.WorkItems {
		list.WorkItems[i].Version++
		list.WorkItems[i].Status = "done"
	}
	return list.Append(nil), nil
}

// examples are what the examples of requests are about.
const (
	examples           = 4
	exampleID          = "5e0f3a52-7f1b-4e0c-9a38-0d5c1c7f2a11"
	exampleTitle       = "Replace the bearing of spindle 3"
	exampleDescription = "It has been loud since Monday; the spare is on shelf C."
)

func exampleJSON() []byte {
	var tasks []task
	for i := range examples {
		tasks = append(tasks, task{
			ID: exampleID, Title: exampleTitle, Description: exampleDescription,
			Status: "todo", Points: i, Version: 7, Labels: []string{"urgent", "hall-2"},
		})
	}
	request, err := json.Marshal(tasks)
	if err != nil {
		panic(err)
	}
	return request
}

func exampleProto() []byte {
	var list pm.WorkItemsList
	description := exampleDescription
	for range examples {
		list.WorkItems = append(list.WorkItems, &pm.WorkItem{
			Id: exampleID, ProjectId: exampleID, Title: exampleTitle, Description: &description,
			Status: "todo", Priority: "high", CreatedBy: exampleID, Version: 7, ItemNumber: 12,
		})
	}
	return list.Append(nil)
}
