// Command main is the probing guest as a module. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o probe.wasm ./guests/probe/main
package main

import (
	"workcell/guests/guest"
	"workcell/guests/probe"
)

func init() { guest.Serve(probe.Module()) }

func main() {}
