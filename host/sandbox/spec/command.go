package spec

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// script is one file of the suite. Format: https://github.com/WebAssembly/wabt/blob/main/docs/wast2json.md.
type script struct {
	Source   string    `json:"source_filename"`
	Commands []command `json:"commands"`
}

// command is one step of a script; which fields are set depends on its Type.
type command struct {
	Type string `json:"type"`
	Line int    `json:"line"`

	Filename   string `json:"filename"`    // of a module, beside the script
	ModuleType string `json:"module_type"` // "binary" or "text"
	Name       string `json:"name"`        // of a module within the script, as "$M"; empty: the latest one
	As         string `json:"as"`          // register: the name others import it by

	Action   action  `json:"action"`
	Expected []value `json:"expected"`
	Text     string  `json:"text"` // why it must fail
}

// action calls a function or reads a global.
type action struct {
	Type   string  `json:"type"`   // "invoke" or "get"
	Module string  `json:"module"` // as command.Name
	Field  string  `json:"field"`
	Args   []value `json:"args"`
}

// readScript reads the script with the given base name in dir.
func readScript(dir, name string) (*script, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	s := new(script)
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	s.Source = filepath.Base(filepath.ToSlash(s.Source))
	return s, nil
}
