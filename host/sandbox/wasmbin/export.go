package wasmbin

import (
	"fmt"
	"strconv"
)

// AddExport exports something under a name that is not taken.
func (m *Module) AddExport(name string, kind Kind, index uint32) error {
	if m.HasExport(name) {
		return taken(name)
	}
	m.Exports = append(m.Exports, Export{Name: name, Kind: kind, Index: index})
	return nil
}

func taken(name string) error {
	return &Error{Problem: Invalid, Section: SectionExports, Reason: fmt.Sprintf("the export name %q is reserved", name)}
}

// TakeStart removes the start function, so that the host can call it when it is ready, and exports it under a name. It
// reports whether there was one.
func (m *Module) TakeStart(export string) (bool, error) {
	if !m.HasStart {
		return false, nil
	}
	if !m.TypeOf(m.Start).Equal(FuncType{}) {
		return false, &Error{Problem: Invalid, Section: SectionStart, Reason: "the start function must have neither parameters nor results"}
	}
	if err := m.AddExport(export, KindFunc, m.Start); err != nil {
		return false, err
	}
	m.HasStart, m.Start = false, 0
	return true, nil
}

// ExportedGlobal is a global that ExportGlobals exported.
type ExportedGlobal struct {
	Name  string
	Index uint32
	Type  ValueType
}

// ExportGlobals exports every mutable global the module defines as prefix and index in decimal, and returns them in
// order of their indices. With the memory they are the state of an instance, but for tables and dropped segments: see
// Lasting.
func (m *Module) ExportGlobals(prefix string) ([]ExportedGlobal, error) {
	var exported []ExportedGlobal
	first := m.Imported(KindGlobal)
	taking := make(map[string]bool)
	for i := range m.Exports {
		taking[m.Exports[i].Name] = true
	}
	for i := range m.Globals {
		if g := &m.Globals[i]; g.Mutable {
			index := first + uint32(i)
			exported = append(exported, ExportedGlobal{prefix + strconv.FormatUint(uint64(index), 10), index, g.Type})
			if taking[exported[len(exported)-1].Name] {
				return nil, taken(exported[len(exported)-1].Name)
			}
		}
	}
	for _, g := range exported {
		m.Exports = append(m.Exports, Export{Name: g.Name, Kind: KindGlobal, Index: g.Index})
	}
	return exported, nil
}
