package guest

import (
	"unsafe"

	"workcell/abi"
)

//go:wasmimport workcell input_read
func inputRead(ptr unsafe.Pointer, off, length uint32) uint32

//go:wasmimport workcell output_write
func outputWrite(ptr unsafe.Pointer, length uint32)

//go:wasmimport workcell kv_get
func kvGet(set uint32, key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport workcell kv_put
func kvPut(set uint32, key unsafe.Pointer, keyLen uint32, value unsafe.Pointer, valueLen uint32)

//go:wasmimport workcell kv_delete
func kvDelete(set uint32, key unsafe.Pointer, keyLen uint32)

//go:wasmimport workcell kv_scan
func kvScan(set uint32, lo unsafe.Pointer, loLen uint32, hi unsafe.Pointer, hiLen, flags uint32, buf unsafe.Pointer, capacity uint32) uint64

//go:wasmimport workcell emit
func emit(scopes unsafe.Pointer, scopesLen, route uint32, ptr unsafe.Pointer, length uint32)

//go:wasmimport workcell subscribe
func subscribe(kind uint32, id unsafe.Pointer, idLen uint32) int32

//go:wasmimport workcell unsubscribe
func unsubscribe(kind uint32, id unsafe.Pointer, idLen uint32)

//go:wasmimport workcell revoke
func revoke(kind uint32, id unsafe.Pointer, idLen uint32, user unsafe.Pointer)

//go:wasmimport workcell fail
func fail(code uint32, field unsafe.Pointer, fieldLen uint32, message unsafe.Pointer, messageLen uint32)

//go:wasmimport workcell identity
func identity(ptr unsafe.Pointer, capacity uint32) uint32

//go:wasmimport workcell config_get
func configGet(key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport workcell now_ms
func nowMS() int64

//go:wasmimport workcell random
func random(ptr unsafe.Pointer, length uint32)

//go:wasmimport workcell log
func log(level uint32, ptr unsafe.Pointer, length uint32)

// imports is the Host of a sandboxed module: the functions above.
type imports struct{ length uint32 }

// scanBuffer is what Scan offers at first.
const scanBuffer = 32 << 10

func (h imports) Input() []byte {
	p := alloc(int(h.length))[:h.length]
	return p[:inputRead(pointer(p), 0, h.length)]
}

func (imports) Output(p []byte) { outputWrite(pointer(p), size(p)) }

func (imports) Get(set int, key []byte) ([]byte, bool) {
	return fill(func(buf []byte) int32 { return kvGet(uint32(set), pointer(key), size(key), pointer(buf), size(buf)) })
}

func (imports) Put(set int, key, value []byte) {
	kvPut(uint32(set), pointer(key), size(key), pointer(value), size(value))
}

func (imports) Delete(set int, key []byte) { kvDelete(uint32(set), pointer(key), size(key)) }

func (imports) Scan(set int, r Range, visit func(key, value []byte) bool) {
	lo, hi, left := r.Lo, r.Hi, r.Limit
	buf := takeScanBuffer()
	defer func() { scanBuffers = append(scanBuffers, buf) }()
	for {
		filled, next := abi.UnpackScan(kvScan(uint32(set), pointer(lo), size(lo), pointer(hi), size(hi),
			abi.ScanFlags(r.Reverse, left), pointer(buf), size(buf)))
		var last []byte
		for rest := buf[:filled]; ; {
			key, value, tail, ok := abi.NextPair(rest)
			if !ok {
				break
			}
			if left--; !visit(key, value) || left == 0 {
				return
			}
			last, rest = key, tail
		}
		if next == 0 {
			return
		}
		switch {
		case last == nil: // the first pair did not fit
		case r.Reverse:
			hi = append(alloc(len(last)), last...)
		default:
			lo = append(append(alloc(len(last)+1), last...), 0)
		}
		if next > size(buf) {
			buf = make([]byte, next)
		}
	}
}

// scanBuffers are the buffers no Scan uses: what is allocated during a call is never freed, so they are kept.
var scanBuffers [][]byte

func takeScanBuffer() []byte {
	n := len(scanBuffers)
	if n == 0 {
		return make([]byte, scanBuffer)
	}
	buf := scanBuffers[n-1]
	scanBuffers = scanBuffers[:n-1]
	return buf
}

func (imports) Emit(scopes []abi.Scope, route uint32, payload []byte) {
	list := alloc(64) // a scope or two
	for _, s := range scopes {
		list = abi.AppendScope(list, s)
	}
	emit(pointer(list), size(list), route, pointer(payload), size(payload))
}

func (imports) Subscribe(s abi.Scope) bool {
	return subscribe(uint32(s.Kind), textPointer(s.ID), uint32(len(s.ID))) == 0
}

func (imports) Unsubscribe(s abi.Scope) {
	unsubscribe(uint32(s.Kind), textPointer(s.ID), uint32(len(s.ID)))
}

func (imports) Revoke(s abi.Scope, user [16]byte) {
	revoke(uint32(s.Kind), textPointer(s.ID), uint32(len(s.ID)), unsafe.Pointer(&user))
}

func (imports) Fail(code abi.Code, field, message string) {
	fail(uint32(code), textPointer(field), uint32(len(field)), textPointer(message), uint32(len(message)))
}

func (imports) Identity() abi.Identity {
	b, _ := fill(func(buf []byte) int32 { return int32(identity(pointer(buf), size(buf))) })
	id, ok := abi.ParseIdentity(b)
	if !ok {
		panic("guest: the host's identity is malformed")
	}
	return id
}

func (imports) Config(key string) (string, bool) {
	b, found := fill(func(buf []byte) int32 {
		return configGet(textPointer(key), uint32(len(key)), pointer(buf), size(buf))
	})
	return unsafe.String(unsafe.SliceData(b), len(b)), found // nobody writes to b
}

func (imports) NowMS() int64 { return nowMS() }

func (imports) Random(p []byte) { random(pointer(p), size(p)) }

func (imports) Log(level int, line string) { log(uint32(level), textPointer(line), uint32(len(line))) }

func pointer(p []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(p)) }

func size(p []byte) uint32 { return uint32(len(p)) }

func textPointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
