package main

import "unsafe"

// The host's functions, with pointers that are mere numbers.

//go:wasmimport workcell input_read
func inputRead(ptr, off, length uint32) uint32

//go:wasmimport workcell output_write
func outputWrite(ptr, length uint32)

//go:wasmimport workcell kv_get
func kvGet(set, key, keyLen, buf, capacity uint32) int32

//go:wasmimport workcell kv_put
func kvPut(set, key, keyLen, value, valueLen uint32)

//go:wasmimport workcell kv_delete
func kvDelete(set, key, keyLen uint32)

//go:wasmimport workcell kv_scan
func kvScan(set, lo, loLen, hi, hiLen, flags, buf, capacity uint32) uint64

//go:wasmimport workcell emit
func emit(scopes, scopesLen, route, ptr, length uint32)

//go:wasmimport workcell subscribe
func subscribe(kind, id, idLen uint32) int32

//go:wasmimport workcell unsubscribe
func unsubscribe(kind, id, idLen uint32)

//go:wasmimport workcell revoke
func revoke(kind, id, idLen, user uint32)

//go:wasmimport workcell fail
func fail(code, field, fieldLen, message, messageLen uint32)

//go:wasmimport workcell identity
func identity(ptr, capacity uint32) uint32

//go:wasmimport workcell config_get
func configGet(key, keyLen, buf, capacity uint32) int32

//go:wasmimport workcell random
func random(ptr, length uint32)

//go:wasmimport workcell log
func log(level, ptr, length uint32)

//go:wasmimport wasi_snapshot_preview1 args_sizes_get
func argsSizesGet(count, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 environ_sizes_get
func environSizesGet(count, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 clock_res_get
func clockResGet(id, resolution uint32) uint32

//go:wasmimport wasi_snapshot_preview1 clock_time_get
func clockTimeGet(id uint32, precision uint64, time uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_fdstat_get
func fdFdstatGet(fd, stat uint32) uint32

//go:wasmimport wasi_snapshot_preview1 fd_write
func fdWrite(fd, vectors, count, written uint32) uint32

//go:wasmimport wasi_snapshot_preview1 poll_oneoff
func pollOneoff(in, out, count, events uint32) uint32

//go:wasmimport wasi_snapshot_preview1 random_get
func randomGet(ptr, length uint32) uint32

//go:wasmimport wasi_snapshot_preview1 proc_exit
func procExit(code uint32)

// good is memory that may be used, and vector points to it as WASI wants it.
var (
	good   [256]byte
	vector [2]uint32
)

func at() uint32 { return uint32(uintptr(unsafe.Pointer(&good))) }

// pointTo returns a vector of WASI for a range of memory.
func pointTo(p, n uint32) uint32 {
	vector = [2]uint32{p, n}
	return uint32(uintptr(unsafe.Pointer(&vector)))
}

// wild are the host's functions by name and parameter: each takes a wild pointer, and a length if the function does. All
// other parameters are good. It is never changed.
var wild = map[string]func(p, n uint32){
	"input_read":                func(p, n uint32) { inputRead(p, 0, n) },
	"output_write":              func(p, n uint32) { outputWrite(p, n) },
	"kv_get.key":                func(p, n uint32) { kvGet(0, p, n, at(), 8) },
	"kv_get.buf":                func(p, n uint32) { kvGet(0, at(), 8, p, n) },
	"kv_put.key":                func(p, n uint32) { kvPut(0, p, n, at(), 8) },
	"kv_put.val":                func(p, n uint32) { kvPut(0, at(), 8, p, n) },
	"kv_delete":                 func(p, n uint32) { kvDelete(0, p, n) },
	"kv_scan.lo":                func(p, n uint32) { kvScan(0, p, n, at(), 8, 0, at(), 64) },
	"kv_scan.hi":                func(p, n uint32) { kvScan(0, at(), 8, p, n, 0, at(), 64) },
	"kv_scan.buf":               func(p, n uint32) { kvScan(0, at(), 1, at(), 0, 0, p, n) },
	"emit.scopes":               func(p, n uint32) { emit(p, n, fieldEvent, at(), 8) },
	"emit.payload":              func(p, n uint32) { good[0], good[1] = 5, 1; emit(at(), 3, fieldEvent, p, n) },
	"subscribe":                 func(p, n uint32) { subscribe(5, p, n) },
	"unsubscribe":               func(p, n uint32) { unsubscribe(5, p, n) },
	"revoke.id":                 func(p, n uint32) { revoke(5, p, n, at()) },
	"revoke.user":               func(p, _ uint32) { revoke(5, at(), 8, p) },
	"fail.field":                func(p, n uint32) { fail(3, p, n, at(), 8) },
	"fail.message":              func(p, n uint32) { fail(3, at(), 8, p, n) },
	"identity":                  func(p, n uint32) { identity(p, n) },
	"config_get.key":            func(p, n uint32) { configGet(p, n, at(), 8) },
	"config_get.buf":            func(p, n uint32) { configGet(at(), 8, p, n) },
	"random":                    func(p, n uint32) { random(p, n) },
	"log":                       func(p, n uint32) { log(1, p, n) },
	"wasi.args_sizes_get.count": func(p, _ uint32) { argsSizesGet(p, at()) },
	"wasi.args_sizes_get.size":  func(p, _ uint32) { argsSizesGet(at(), p) },
	"wasi.environ_sizes_get":    func(p, _ uint32) { environSizesGet(p, p) },
	"wasi.clock_res_get":        func(p, _ uint32) { clockResGet(0, p) },
	"wasi.clock_time_get":       func(p, _ uint32) { clockTimeGet(0, 0, p) },
	"wasi.fd_fdstat_get":        func(p, _ uint32) { fdFdstatGet(1, p) },
	"wasi.fd_write.vectors":     func(p, _ uint32) { fdWrite(2, p, 1, at()) },
	"wasi.fd_write.vector":      func(p, n uint32) { fdWrite(2, pointTo(p, n), 1, at()) },
	"wasi.fd_write.written":     func(p, _ uint32) { fdWrite(2, pointTo(at(), 8), 1, p) },
	"wasi.poll_oneoff.in":       func(p, _ uint32) { pollOneoff(p, at(), 1, at()+128) },
	"wasi.poll_oneoff.out":      func(p, _ uint32) { pollOneoff(at(), p, 1, at()+128) },
	"wasi.poll_oneoff.events":   func(p, _ uint32) { pollOneoff(at(), at()+64, 1, p) },
	"wasi.random_get":           func(p, n uint32) { randomGet(p, n) },
}
