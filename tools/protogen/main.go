// Protogen writes the Go code that the repository derives from its .proto files.
//
//	go -C tools run ./protogen          write every file of the list in jobs.go
//	go -C tools run ./protogen -check   write nothing; name the stale files and exit 1
//
// It needs nothing but Go: the schema is compiled in process, without protoc and without plugins.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; exit 1 if a generated file is stale")
	flag.Parse()

	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

// run brings every generated file up to date or, if check is set, reports all that are not.
func run(check bool) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	var stale []error
	for _, j := range jobs {
		want, err := j.run(root)
		if err != nil {
			return fmt.Errorf("generate %s: %w", j.output, err)
		}
		name := filepath.Join(root, filepath.FromSlash(j.output))
		have, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && bytes.Equal(have, want) {
			continue
		}
		if check {
			stale = append(stale, fmt.Errorf("%s is stale; run go -C tools run ./protogen", j.output))
			continue
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			return err
		}
		fmt.Println(j.output)
	}
	return errors.Join(stale...)
}

// findRoot returns the nearest directory at or above the working directory that holds the schema.
func findRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(wireSchema))); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no %s at or above %s; run inside the repository", wireSchema, start)
		}
	}
}
