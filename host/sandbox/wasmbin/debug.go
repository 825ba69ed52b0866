package wasmbin

import (
	"slices"
	"strings"
)

// DropDebug removes the custom sections that speak of byte offsets in the code, which rewriting makes wrong: DWARF,
// source maps and what linkers leave for one another. The name section stays.
func (m *Module) DropDebug() {
	m.Customs = slices.DeleteFunc(m.Customs, func(c CustomSection) bool {
		switch c.Name {
		case "sourceMappingURL", "external_debug_info", "linking", "dylink", "dylink.0":
			return true
		}
		return strings.HasPrefix(c.Name, ".debug_") || strings.HasPrefix(c.Name, "reloc.")
	})
}
