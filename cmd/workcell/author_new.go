package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"workcell"
)

// example is the name of the handler that new projects are copies of.
const example = "standup"

// isHandlerName reports whether a manifest accepts a name, and a directory may have it.
func isHandlerName(s string) bool {
	return s != "" && len(s) <= 64 && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// project is a new handler's files: what becomes of which source.
type project struct {
	language string
	files    map[string][]byte
}

func newHandlerNewCommand() *cobra.Command {
	var (
		language string
		asJSON   bool
	)
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write the project of a new handler into the directory NAME",
		Long: "Writes a complete project: a small handler that works, its tests, and the interface as source. It can be built\n" +
			"without a network: in Go with the Go toolchain, in C with clang-19 and lld-19, in Rust with rustc and lld-19.",
		Example: "  workcell handler new standup && cd standup && make test",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if !isHandlerName(name) {
				return fmt.Errorf("%q is no name for a handler: 1 to 64 characters of a-z 0-9 - _, the first no -", name)
			}
			p, err := newProject(name, language)
			if err != nil {
				return err
			}
			if err := p.write(name); err != nil {
				return err
			}
			return p.print(cmd.OutOrStdout(), name, asJSON)
		},
	}
	cmd.Flags().StringVar(&language, "lang", "go", "go, c or rust")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// newProject makes the files of a project.
func newProject(name, language string) (*project, error) {
	sources := "guests/examples/" + language
	if language == "" || !fs.ValidPath(sources) {
		sources = "none"
	}
	entries, err := fs.ReadDir(workcell.Sources, sources)
	if err != nil {
		return nil, fmt.Errorf("language %q is none of go, c, rust; any other that compiles to WebAssembly will do, but has no example", language)
	}
	p := &project{language: language, files: map[string][]byte{}}
	for _, entry := range entries {
		if err := p.adapt(sources+"/"+entry.Name(), name); err != nil {
			return nil, err
		}
	}
	if err := p.adapt("guests/examples/cases.json", name); err != nil {
		return nil, err
	}
	if language != "go" {
		return p, nil
	}
	p.files["workcell/go.mod"] = []byte("module workcell\n\ngo 1.26.0\n")
	for _, dir := range []string{"abi", "guests/guest"} {
		if err := p.copySDK(dir); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// adapt adds a file of the example under the handler's own name. A suffix .txt hides files that would not build here.
func (p *project) adapt(source, name string) error {
	content, err := workcell.Sources.ReadFile(source)
	if err != nil {
		return err
	}
	target := strings.TrimSuffix(path.Base(source), ".txt")
	p.files[target] = []byte(strings.ReplaceAll(string(content), example, name))
	return nil
}

// copySDK adds a package that handlers import, without its tests.
func (p *project) copySDK(dir string) error {
	entries, err := fs.ReadDir(workcell.Sources, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		source := dir + "/" + entry.Name()
		if p.files["workcell/"+source], err = workcell.Sources.ReadFile(source); err != nil {
			return err
		}
	}
	return nil
}

// names are the paths of the files, sorted.
func (p *project) names() []string {
	var names []string
	for name := range p.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// write writes the files into a directory that is absent or empty.
func (p *project) write(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: choose another name, or move it away", dir)
	}
	for _, name := range p.names() {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, p.files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (p *project) print(out io.Writer, dir string, asJSON bool) error {
	if asJSON {
		return printJSON(out, struct {
			Directory string   `json:"directory"`
			Language  string   `json:"language"`
			Files     []string `json:"files"`
		}{dir, p.language, p.names()})
	}
	_, err := fmt.Fprintf(out, "%d files in %s\nbuild it:  make -C %s\ntest it:   make -C %s test\n", len(p.files), dir, dir, dir)
	return err
}
