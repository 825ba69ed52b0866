// Package workcell holds the sources that the project of a new handler is made of: the interface, the SDK for Go, and the
// example handler in each language, which is what a new project begins with.
package workcell

import "embed"

// Sources are files of this repository, by their paths in it. Tests of the interface and the SDK are among them.
//
//go:embed abi/*.go guests/guest/*.go
//go:embed guests/examples/cases.json guests/examples/*/Makefile
//go:embed guests/examples/go/*.go guests/examples/go/*.txt guests/examples/c/*.c guests/examples/c/*.h guests/examples/rust/*.rs
var Sources embed.FS
