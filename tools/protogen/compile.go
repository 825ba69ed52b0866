package main

import (
	"context"
	"fmt"
	"path"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// compile parses and links the schema file under root and returns what protoc would hand to a plugin that generates
// Go types into the package types. Schema files name no Go package themselves, since one file serves several.
func compile(root, schema string, types protogen.GoImportPath) (*pluginpb.CodeGeneratorRequest, error) {
	return request(&protocompile.SourceResolver{ImportPaths: []string{root}}, schema, types)
}

// request is compile with the sources behind an interface.
func request(src protocompile.Resolver, schema string, types protogen.GoImportPath) (*pluginpb.CodeGeneratorRequest, error) {
	compiler := protocompile.Compiler{
		Resolver:       src,
		SourceInfoMode: protocompile.SourceInfoStandard, // comments become Go comments
	}
	files, err := compiler.Compile(context.Background(), schema)
	if err != nil {
		return nil, err
	}
	file := files[0]
	if n := file.Imports().Len(); n > 0 {
		return nil, fmt.Errorf("%s: has %d imports, but schema files stand alone", schema, n)
	}
	goPackage := fmt.Sprintf("M%s=%s;%s", schema, string(types), path.Base(string(types)))
	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{schema},
		Parameter:      proto.String(goPackage),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{protoutil.ProtoFromFileDescriptor(file)},
	}, nil
}
