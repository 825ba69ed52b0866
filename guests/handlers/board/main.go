// Command board is the module of the work-item board. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o board.wasm ./guests/handlers/board
package main

import (
	"workcell/guests/board"
	"workcell/guests/guest"
)

func init() { guest.Serve(board.Module()) }

func main() {}
