package wasmbin

// mergeGap is the longest run of zeros kept as data. A piece costs some ten bytes of code and its part of a function
// that engines compile as a whole; see BenchmarkMergeData.
const mergeGap = 4096

// MergeData makes all active data segments one passive segment, and exports a function () -> () that copies its pieces
// to where they belong, in the old order. The function stands in for what an engine does when it instantiates the
// module, and must run once before anything else does. It returns the number of pieces. Go's linker emits 20 to 30
// thousand segments, which every new instance would copy one by one.
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

func (m *Module) mergeData(export string, gap uint32) (int, error) {
	if m.Imported(KindMemory) > 0 {
		return 0, invalidData("the memory is imported")
	}
	if m.HasExport(export) {
		return 0, taken(export)
	}
	var kept []Data
	var g merger
	for i := range m.Datas {
		d := &m.Datas[i]
		if !d.Active() {
			kept = append(kept, *d)
			continue
		}
		if err := g.add(d, gap); err != nil {
			return 0, err
		}
		if m.DataCount {
			kept = append(kept, Data{Form: DataPassive})
		}
	}
	code := g.code(uint32(len(kept)))
	if len(g.pieces) > 0 {
		kept = append(kept, Data{Form: DataPassive, Bytes: g.bytes})
		m.DataCount = true
	}
	m.Datas = kept
	index := m.AddFunc(FuncType{}, Body{Code: append(code, byte(OpEnd))})
	m.Exports = append(m.Exports, Export{Name: export, Kind: KindFunc, Index: index})
	return len(g.pieces), nil
}

// merger gathers pieces. The last one is open: it can still grow.
type merger struct {
	bytes  []byte
	pieces []piece
	top    uint64 // end of all that was written so far
}

// piece copies n bytes from from on to an address: a constant, or what an expression without end gives.
type piece struct {
	at      uint64
	expr    []byte
	from, n uint32
}

func (g *merger) add(d *Data, gap uint32) error {
	if uint64(len(g.bytes))+uint64(len(d.Bytes)) > MaxModuleBytes {
		return &Error{Problem: TooBig, Section: SectionDatas, Reason: "the data segments together are too long"}
	}
	n := uint32(len(d.Bytes))
	address, constant := Constant(d.Offset)
	if !constant {
		if !isGlobalGet(d.Offset) {
			return invalidData("the offset of a segment is neither a constant nor a global")
		}
		g.pieces = append(g.pieces, piece{expr: d.Offset[:len(d.Offset)-1], from: uint32(len(g.bytes)), n: n})
		g.bytes = append(g.bytes, d.Bytes...)
		g.top = 1 << 33 // it may have written anywhere
		return nil
	}
	at := uint64(uint32(address))
	if k := len(g.pieces) - 1; k >= 0 && g.pieces[k].expr == nil {
		last := &g.pieces[k]
		end := last.at + uint64(last.n)
		hole := at - end
		if at >= end && (hole == 0 || hole <= uint64(gap) && end >= g.top) && uint64(len(g.bytes))+hole+uint64(n) <= MaxModuleBytes {
			g.bytes = append(append(g.bytes, make([]byte, hole)...), d.Bytes...)
			last.n += uint32(hole) + n
			g.top = max(g.top, at+uint64(n))
			return nil
		}
	}
	g.pieces = append(g.pieces, piece{at: at, from: uint32(len(g.bytes)), n: n})
	g.bytes = append(g.bytes, d.Bytes...)
	g.top = max(g.top, at+uint64(n))
	return nil
}

// code returns the instructions that copy the pieces from a segment.
func (g *merger) code(segment uint32) []byte {
	var code []byte
	for _, p := range g.pieces {
		if p.expr != nil {
			code = append(code, p.expr...)
		} else {
			code = AppendS64(append(code, byte(OpI32Const)), int64(int32(uint32(p.at))))
		}
		code = AppendS64(append(code, byte(OpI32Const)), int64(int32(p.from)))
		code = AppendS64(append(code, byte(OpI32Const)), int64(int32(p.n)))
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
