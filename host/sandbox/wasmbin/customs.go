package wasmbin

import "slices"

// DropCustoms removes all custom sections but that of names. Some speak of byte offsets in the code, which rewriting makes
// wrong: DWARF, source maps, what linkers leave for one another. The rest says who made the module and how. None of it
// means anything to an engine (and wazero refuses a module that ends with an empty one).
func (m *Module) DropCustoms() {
	m.Customs = slices.DeleteFunc(m.Customs, func(c CustomSection) bool { return c.Name != nameSection })
}
