package wasmbin

import (
	"cmp"
	"slices"
)

// mergeGap is the longest run of zeros kept as data. A piece costs some ten bytes of code and its part of a function that
// engines compile as a whole; BenchmarkMergeData shows that a Go guest gains nothing from a smaller gap.
const mergeGap = 4096

// MergeData makes all active data segments one passive segment, and exports a function () -> () that copies its pieces
// to where they belong. The function stands in for what an engine does when it instantiates the module, and must run once
// before anything else does. It returns the number of pieces. Go's linker emits 20 to 30 thousand segments, which every
// new instance would copy one by one.
//
//	before                              after
//	data (i32.const 1024) "abc"         func export: memory.init 0 (1024, 0, 8)
//	data (i32.const 1028) "defg"                     memory.init 0 (90000, 8, 3)
//	data (i32.const 90000) "xyz"        data passive "abc\0defgxyz"
//
// Zeros are put in only where nothing was written before, so that they do not show. Indices of segments that the guest's
// code could use stay: what was active is left behind empty, as it is after the engine has copied it.
func (m *Module) MergeData(export string) (pieces int, err error) {
	return m.mergeData(export, mergeGap)
}

func (m *Module) mergeData(export string, gap uint64) (int, error) {
	if m.Imported(KindMemory) > 0 {
		return 0, invalidData("the memory is imported")
	}
	if m.HasExport(export) {
		return 0, taken(export)
	}
	var kept []Data
	var pieces []piece
	for i := range m.Datas {
		d := &m.Datas[i]
		if !d.Active() {
			kept = append(kept, *d)
			continue
		}
		p, err := newPiece(d)
		if err != nil {
			return 0, err
		}
		pieces = append(pieces, p)
		if m.DataCount {
			kept = append(kept, Data{Form: DataPassive})
		}
	}
	data, pieces := join(sorted(pieces), gap)
	code := appendInits(nil, pieces, uint32(len(kept)))
	if len(pieces) > 0 {
		kept = append(kept, Data{Form: DataPassive, Bytes: data})
		m.DataCount = true
	}
	m.Datas = kept
	index := m.AddFunc(FuncType{}, Body{Code: append(code, byte(OpEnd))})
	m.Exports = append(m.Exports, Export{Name: export, Kind: KindFunc, Index: index})
	return len(pieces), nil
}

// piece is n bytes for an address: a constant, or what an expression without its end gives.
type piece struct {
	at    uint64
	expr  []byte
	bytes []byte // before join
	from  int    // after it: where they are in the segment
	n     int
}

func newPiece(d *Data) (piece, error) {
	p := piece{bytes: d.Bytes, n: len(d.Bytes)}
	if address, ok := Constant(d.Offset); ok {
		p.at = uint64(uint32(address))
		return p, nil
	}
	if !isGlobalGet(d.Offset) {
		return p, invalidData("the offset of a segment is neither a constant nor a global")
	}
	p.expr = d.Offset[:len(d.Offset)-1]
	return p, nil
}

func (p *piece) end() uint64 { return p.at + uint64(p.n) }

// sorted returns the pieces by address if they do not overlap, so that their order does not matter; else as they are.
func sorted(pieces []piece) []piece {
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.expr != nil }) {
		return pieces
	}
	byAddress := slices.Clone(pieces)
	slices.SortStableFunc(byAddress, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(byAddress); i++ {
		if byAddress[i].at < byAddress[i-1].end() {
			return pieces
		}
	}
	return byAddress
}

// join puts the bytes of all pieces in a row, and pieces into one that lie side by side with at most gap zeros between.
func join(pieces []piece, gap uint64) (data []byte, joined []piece) {
	top := uint64(0) // end of all that was written so far
	for _, p := range pieces {
		if k := len(joined) - 1; k >= 0 && p.expr == nil && joined[k].expr == nil && p.at >= joined[k].end() {
			hole := p.at - joined[k].end()
			if hole == 0 || hole <= gap && joined[k].end() >= top && uint64(len(data))+hole <= MaxModuleBytes {
				data = append(append(data, make([]byte, hole)...), p.bytes...)
				joined[k].n += int(hole) + p.n
				top = max(top, p.end())
				continue
			}
		}
		p.from = len(data)
		data = append(data, p.bytes...)
		if top = max(top, p.end()); p.expr != nil {
			top = 1 << 40 // it may have written anywhere
		}
		joined = append(joined, p)
	}
	return data, joined
}

// appendInits appends the instructions that copy pieces from a segment.
func appendInits(code []byte, pieces []piece, segment uint32) []byte {
	for _, p := range pieces {
		if p.expr != nil {
			code = append(code, p.expr...)
		} else {
			code = AppendS64(append(code, byte(OpI32Const)), int64(int32(uint32(p.at))))
		}
		code = AppendS64(append(code, byte(OpI32Const)), int64(p.from))
		code = AppendS64(append(code, byte(OpI32Const)), int64(p.n))
		code = append(AppendU32(append(code, prefixMisc, byte(OpMemoryInit&0xff)), segment), 0)
	}
	return code
}

// isGlobalGet reports whether an expression is a single global.get.
func isGlobalGet(expr []byte) bool {
	if len(expr) < 3 || Op(expr[0]) != OpGlobalGet {
		return false
	}
	c := cursor{b: expr, p: 1, end: len(expr)}
	c.u32()
	return c.err == nil && c.p+1 == len(expr) && Op(expr[c.p]) == OpEnd
}

func invalidData(reason string) error {
	return &Error{Problem: Invalid, Section: SectionDatas, Reason: "data cannot be merged: " + reason}
}
