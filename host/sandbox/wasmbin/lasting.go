package wasmbin

import "fmt"

// Lasting reports what in a module could change state that lies neither in its own memory nor in numeric globals, so
// that restoring these would not bring a used instance back to its image: an import that is no function, a mutable
// reference or vector, or an instruction that changes a table or drops a segment. Nil means there is no such thing.
func (m *Module) Lasting() error {
	for i := range m.Imports {
		if im := &m.Imports[i]; im.Kind != KindFunc {
			return lasting(SectionImports, 0, fmt.Sprintf("imports a %s, %.*s.%.*s", im.Kind, maxShown, im.Module, maxShown, im.Name))
		}
	}
	for i := range m.Globals {
		if g := &m.Globals[i]; g.Mutable && (g.Type.IsRef() || g.Type == V128) {
			return lasting(SectionGlobals, 0, fmt.Sprintf("a mutable global of type %s", g.Type))
		}
	}
	r := NewReader(m)
	for i := range m.Code {
		for r.Reset(len(m.Types[m.Funcs[i]].Params), &m.Code[i]); r.Next(); {
			if what := lastingOp(r.Op); what != "" {
				return lasting(SectionCode, m.Code[i].offset+r.Pos, fmt.Sprintf("function %d uses %s", i, what))
			}
		}
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}

// maxShown is how many bytes of a name from a module are shown in an error: a name may have 100 000.
const maxShown = 100

func lastingOp(op Op) string {
	switch op {
	case OpTableSet:
		return "table.set"
	case OpTableInit:
		return "table.init"
	case OpTableCopy:
		return "table.copy"
	case OpTableGrow:
		return "table.grow"
	case OpTableFill:
		return "table.fill"
	case OpElemDrop:
		return "elem.drop"
	case OpDataDrop:
		return "data.drop"
	}
	return ""
}

func lasting(s SectionID, at int, what string) error {
	return &Error{Problem: Unsupported, Section: s, Offset: at, Feature: "state that lasts", Reason: "state that cannot be restored: " + what}
}
