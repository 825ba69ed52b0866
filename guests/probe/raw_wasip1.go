package probe

import (
	"bytes"
	"strconv"
	"strings"
	"unsafe"

	"workcell/abi"
	"workcell/guests/guest"
)

//go:wasmimport workcell input_read
func inputRead(ptr unsafe.Pointer, off, length uint32) uint32

//go:wasmimport workcell kv_get
func kvGet(set uint32, key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport workcell kv_scan
func kvScan(set uint32, lo unsafe.Pointer, loLen uint32, hi unsafe.Pointer, hiLen, flags uint32, buf unsafe.Pointer, capacity uint32) uint64

//go:wasmimport workcell config_get
func configGet(key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport workcell identity
func identity(ptr unsafe.Pointer, capacity uint32) uint32

// runRaw is runScript for the functions themselves, with buffers that the script sizes.
func runRaw(c *guest.Call) error {
	for line := range strings.SplitSeq(string(c.Request()), "\n") {
		words := strings.Split(line, " ")
		rawSteps[words[0]](c, words[1:])
	}
	return nil
}

var rawSteps = map[string]func(c *guest.Call, a []string){
	// input off len
	"input": func(c *guest.Call, a []string) {
		buf := newGuarded(number(a[1]))
		buf.say(c, int32(inputRead(buf.pointer(), uint32(number(a[0])), buf.size())))
	},
	// get set key cap
	"get": func(c *guest.Call, a []string) {
		key, buf := parseWord(a[1]), newGuarded(number(a[2]))
		buf.say(c, kvGet(uint32(number(a[0])), start(key), uint32(len(key)), buf.pointer(), buf.size()))
	},
	// config key cap
	"config": func(c *guest.Call, a []string) {
		key, buf := []byte(a[0]), newGuarded(number(a[1]))
		buf.say(c, configGet(start(key), uint32(len(key)), buf.pointer(), buf.size()))
	},
	// identity cap
	"identity": func(c *guest.Call, a []string) {
		buf := newGuarded(number(a[0]))
		buf.say(c, int32(identity(buf.pointer(), buf.size())))
	},
	// scan set lo hi flags cap
	"scan": func(c *guest.Call, a []string) {
		lo, hi, buf := parseWord(a[1]), parseWord(a[2]), newGuarded(number(a[4]))
		filled, next := abi.UnpackScan(kvScan(uint32(number(a[0])), start(lo), uint32(len(lo)), start(hi), uint32(len(hi)),
			uint32(number(a[3])), buf.pointer(), buf.size()))
		say(c, "filled "+strconv.Itoa(int(filled))+" next "+strconv.Itoa(int(next)))
		for rest := buf.bytes[:filled]; ; {
			key, value, tail, ok := abi.NextPair(rest)
			if !ok {
				break
			}
			sayPair(c, key, value)
			rest = tail
		}
		buf.check()
	},
}

// guarded is a buffer with bytes behind it that nobody may touch.
type guarded struct {
	bytes []byte
	fence []byte
}

func newGuarded(size int) guarded {
	const fence = 16
	whole := bytes.Repeat([]byte{0xee}, size+fence)
	return guarded{bytes: whole[:size:size], fence: whole[size:]}
}

func (g guarded) pointer() unsafe.Pointer { return start(g.bytes) }
func (g guarded) size() uint32            { return uint32(len(g.bytes)) }

// say tells the result of a function and what it left in the buffer.
func (g guarded) say(c *guest.Call, result int32) {
	g.check()
	line := strconv.AppendInt(nil, int64(result), 10)
	line = append(line, ' ')
	c.Reply(append(appendWord(line, g.bytes[:max(0, min(int(result), len(g.bytes)))]), '\n'))
}

func (g guarded) check() {
	for _, b := range g.fence {
		if b != 0xee {
			panic("probe: the host wrote behind a buffer")
		}
	}
}

func start(p []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(p)) }
