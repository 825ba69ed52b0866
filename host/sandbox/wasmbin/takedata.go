package wasmbin

import "fmt"

// Segment is data for an address of memory.
type Segment struct {
	Address uint32
	Bytes   []byte // of the module
}

// TakeData takes the active data segments out of a module, in their order. Whoever instantiates it writes them to its
// memory, before anything else runs; one that does not fit is an instantiation that fails. Go's linker emits 20 to 30
// thousand segments, which an engine would copy one by one into every new instance.
//
// Indices of segments that the guest's code could use stay: what was active is left behind empty, as it is after an engine
// has copied it.
func (m *Module) TakeData() ([]Segment, error) {
	if m.Imported(KindMemory) > 0 {
		return nil, &Error{Problem: Invalid, Section: SectionDatas, Reason: "data is for a memory that is imported"}
	}
	var taken []Segment
	var kept []Data
	for i := range m.Datas {
		d := &m.Datas[i]
		if !d.Active() {
			kept = append(kept, *d)
			continue
		}
		address, ok := Constant(d.Offset)
		if !ok {
			return nil, &Error{Problem: Invalid, Section: SectionDatas, Reason: fmt.Sprintf("the offset of segment %d is no constant", i)}
		}
		taken = append(taken, Segment{uint32(address), d.Bytes})
		if m.DataCount {
			kept = append(kept, Data{Form: DataPassive})
		}
	}
	m.Datas = kept
	return taken, nil
}
