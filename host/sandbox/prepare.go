package sandbox

import (
	"fmt"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmbin"
)

// Exports that preparing a module adds, besides those of the meter. A module that has such a name already is refused.
const (
	exportStart  = "workcell.start"   // the start function
	exportGlobal = "workcell.global." // and the index of a mutable global
)

// prepared is a module rewritten so that its code pays for itself, and that an instance can be made from an image: nothing
// runs and nothing is copied when it is instantiated, and all state that calls may change can be reached from outside.
type prepared struct {
	wasm     []byte
	data     []wasmbin.Segment // of the file, for the template's memory
	hasStart bool
	globals  []string // names of the exported mutable globals
	maxPages int      // largest memory the guest may have
}

// prepare rewrites a .wasm file whose instances may have a memory of at most maxPages. The data of what it returns is that
// of wasm.
func prepare(wasm []byte, maxPages int) (*prepared, error) {
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	if err := meter.CheckNames(m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	if err := m.Lasting(); err != nil {
		return nil, fmt.Errorf("%w: it keeps %w: a call would leave traces for the next", ErrModule, err)
	}
	p := &prepared{maxPages: maxPages}
	if err := p.limitMemory(m); err != nil {
		return nil, err
	}
	if err := limitTables(m); err != nil {
		return nil, err
	}
	if p.hasStart, err = m.TakeStart(exportStart); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	globals, err := m.ExportGlobals(exportGlobal)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	for _, g := range globals {
		p.globals = append(p.globals, g.Name)
	}
	if p.data, err = m.TakeData(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	if err := meter.Rewrite(m, meter.Config{}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	p.wasm = m.Append(nil)
	return p, nil
}

// maxTableEntries is how many entries the tables of a guest may have together: they lie outside its memory, each entry takes
// 8 bytes of every instance, and nobody restores them. A Go guest has some ten thousand.
const maxTableEntries = 1_000_000

func limitTables(m *wasmbin.Module) error {
	entries := uint64(0)
	for i := range m.Tables {
		if entries += uint64(m.Tables[i].Min); entries > maxTableEntries {
			return fmt.Errorf("%w: its tables have more than %d entries", ErrModule, maxTableEntries)
		}
	}
	return nil
}

// limitMemory finds how large the guest's memory may become. The engine is told of one page more, which shrinking needs
// and the guest never gets: see package pages.
func (p *prepared) limitMemory(m *wasmbin.Module) error {
	if len(m.Memories) != 1 {
		return fmt.Errorf("%w: it defines no memory of its own", ErrModule)
	}
	memory := &m.Memories[0]
	if int(memory.Min) > p.maxPages {
		return fmt.Errorf("%w: its memory starts with %d pages of 64 KiB, the limit is %d (handler.max_memory_mib)",
			ErrModule, memory.Min, p.maxPages)
	}
	if memory.HasMax {
		p.maxPages = min(int(memory.Max), p.maxPages)
		memory.Max = uint32(p.maxPages) + 1
	}
	return nil
}
