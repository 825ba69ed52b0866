// Package pmpb is the appliance's message schema, abi/pm.proto, as protobuf-go messages: the form for clients and
// tests, where reflection and text output are welcome. Handlers inside the sandbox use workcell/guests/board/pm, the
// same schema without either. All of pm.pb.go is generated; after a change of the schema run
//
//	go -C tools run ./protogen
package pmpb
