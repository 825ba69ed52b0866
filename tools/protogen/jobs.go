package main

import (
	"fmt"
	"go/format"

	gengo "google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
)

// The schemas, relative to the repository's root.
const (
	wireSchema   = "abi/pm.proto"
	recordSchema = "guests/board/pm/record.proto"
)

// Where the generated packages live. leanTest is the external test package of lean.
const (
	full     protogen.GoImportPath = "workcell/host/client/pmpb"
	lean     protogen.GoImportPath = "workcell/guests/board/pm"
	leanTest protogen.GoImportPath = "workcell/guests/board/pm_test"
)

// jobs lists every generated file. The tests of the lean package compare it with protobuf-go, so they get a table of
// type pairs and, for the records that no program outside the guests needs, protobuf-go's own code as a test file.
var jobs = []job{
	{wireSchema, full, "host/client/pmpb/pm.pb.go", generateFull},
	{wireSchema, lean, "guests/board/pm/pm.gen.go", generateLean},
	{wireSchema, full, "guests/board/pm/pm_pairs_test.go", generatePairs},
	{recordSchema, lean, "guests/board/pm/record.gen.go", generateLean},
	{recordSchema, leanTest, "guests/board/pm/record_pairs_test.go", generatePairs},
	{recordSchema, leanTest, "guests/board/pm/record_pb_test.go", generateFull},
}

// A job makes one Go file from one schema file.
type job struct {
	schema   string
	types    protogen.GoImportPath // the package in which generate finds or declares the schema's Go types
	output   string
	generate func(*protogen.Plugin, *protogen.File) error
}

// run returns the formatted content of the job's file.
func (j job) run(root string) ([]byte, error) {
	req, err := compile(root, j.schema, j.types)
	if err != nil {
		return nil, err
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, err
	}
	if err := j.generate(gen, gen.FilesByPath[j.schema]); err != nil {
		return nil, err
	}
	resp := gen.Response()
	if resp.Error != nil {
		return nil, fmt.Errorf("generator: %s", resp.GetError())
	}
	if len(resp.File) != 1 {
		return nil, fmt.Errorf("generator made %d files, want 1", len(resp.File))
	}
	return format.Source([]byte(resp.File[0].GetContent()))
}

// generateFull runs protobuf-go's generator.
func generateFull(gen *protogen.Plugin, file *protogen.File) error {
	gengo.GenerateFile(gen, file)
	return nil
}
