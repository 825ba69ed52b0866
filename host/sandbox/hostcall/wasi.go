package hostcall

import (
	"encoding/binary"

	"workcell/host/sandbox"
)

// wasi: the part of WASI preview 1 that language runtimes need to start, and honest refusals for the rest, so that a
// program that links a file API loads and fails only when it uses it. Nothing here reaches the box: time is the call's,
// randomness is the call's, output goes to a bounded buffer.
var wasi = append([]sandbox.Function{
	wasiFunction("args_get", "ii", succeed),
	wasiFunction("args_sizes_get", "ii", emptySizes),
	wasiFunction("environ_get", "ii", environ),
	wasiFunction("environ_sizes_get", "ii", environSizes),
	wasiFunction("clock_res_get", "ii", clockResolution),
	wasiFunction("clock_time_get", "ili", clockTime),
	wasiFunction("fd_close", "i", badDescriptor),
	wasiFunction("fd_fdstat_get", "ii", fdStat),
	wasiFunction("fd_fdstat_set_flags", "ii", setFlags),
	wasiFunction("fd_prestat_get", "ii", badDescriptor),
	wasiFunction("fd_prestat_dir_name", "iii", badDescriptor),
	wasiFunction("fd_read", "iiii", badDescriptor),
	wasiFunction("fd_seek", "ilii", badDescriptor),
	wasiFunction("fd_write", "iiii", fdWrite),
	wasiFunction("poll_oneoff", "iiii", pollOneoff),
	wasiFunction("random_get", "ii", randomGet),
	wasiFunction("sched_yield", "", succeed),
	{Module: wasiModule, Name: "proc_exit", Params: []sandbox.ValueType{sandbox.I32}, Run: exit},
}, unsupported()...)

const wasiModule = "wasi_snapshot_preview1"

// Error numbers of WASI.
const (
	errnoSuccess = 0
	errnoBadf    = 8
	errnoInval   = 28
	errnoNosys   = 52
)

// wasiFunction builds a function that returns an error number.
func wasiFunction(name, params string, run func(c *sandbox.Call, stack []uint64) uint64) sandbox.Function {
	f := sandbox.Function{Module: wasiModule, Name: name, Results: []sandbox.ValueType{sandbox.I32}}
	f.Params, _ = valueTypes(params)
	f.Run = func(c *sandbox.Call, stack []uint64) { stack[0] = run(c, stack) }
	return f
}

// unsupported are the functions about files, directories and sockets, which do not exist here.
func unsupported() []sandbox.Function {
	var list []sandbox.Function
	for _, f := range []struct{ name, params string }{
		{"fd_advise", "illi"},
		{"fd_allocate", "ill"},
		{"fd_datasync", "i"},
		{"fd_fdstat_set_rights", "ill"},
		{"fd_filestat_get", "ii"},
		{"fd_filestat_set_size", "il"},
		{"fd_filestat_set_times", "illi"},
		{"fd_pread", "iiili"},
		{"fd_pwrite", "iiili"},
		{"fd_readdir", "iiili"},
		{"fd_renumber", "ii"},
		{"fd_sync", "i"},
		{"fd_tell", "ii"},
		{"path_create_directory", "iii"},
		{"path_filestat_get", "iiiii"},
		{"path_filestat_set_times", "iiiilli"},
		{"path_link", "iiiiiii"},
		{"path_open", "iiiiillii"},
		{"path_readlink", "iiiiii"},
		{"path_remove_directory", "iii"},
		{"path_rename", "iiiiii"},
		{"path_symlink", "iiiii"},
		{"path_unlink_file", "iii"},
		{"proc_raise", "i"},
		{"sock_accept", "iii"},
		{"sock_recv", "iiiiii"},
		{"sock_send", "iiiii"},
		{"sock_shutdown", "ii"},
	} {
		list = append(list, wasiFunction(f.name, f.params, func(*sandbox.Call, []uint64) uint64 { return errnoNosys }))
	}
	return list
}

func succeed(*sandbox.Call, []uint64) uint64 { return errnoSuccess }

func badDescriptor(*sandbox.Call, []uint64) uint64 { return errnoBadf }

// args_sizes_get(count, size): there are no arguments.
func emptySizes(c *sandbox.Call, stack []uint64) uint64 {
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 0), 4), 0)
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 1), 4), 0)
	return errnoSuccess
}

// environment is all a guest finds in its environment: Go's runtime reads it before any code of the guest could turn the
// garbage collector off.
const environment = "GOGC=off\x00"

// environ_sizes_get(count, size)
func environSizes(c *sandbox.Call, stack []uint64) uint64 {
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 0), 4), 1)
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 1), 4), uint32(len(environment)))
	return errnoSuccess
}

// environ_get(pointers, buf)
func environ(c *sandbox.Call, stack []uint64) uint64 {
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 0), 4), u32(stack, 1))
	copy(c.Bytes(u32(stack, 1), uint32(len(environment))), environment)
	return errnoSuccess
}

// clock_res_get(id, resolution)
func clockResolution(c *sandbox.Call, stack []uint64) uint64 {
	binary.LittleEndian.PutUint64(c.Bytes(u32(stack, 1), 8), 1)
	return errnoSuccess
}

// clock_time_get(id, precision, time): clock 0 tells the call's time, the others a virtual clock that only sleeping moves.
func clockTime(c *sandbox.Call, stack []uint64) uint64 {
	const realtime = 0
	now := c.Monotonic()
	if u32(stack, 0) == realtime {
		now = c.WallClock()
	}
	binary.LittleEndian.PutUint64(c.Bytes(u32(stack, 2), 8), uint64(now))
	return errnoSuccess
}

// random_get(ptr, len)
func randomGet(c *sandbox.Call, stack []uint64) uint64 {
	random(c, stack)
	return errnoSuccess
}

// fd_fdstat_get(fd, stat): the three standard descriptors are character devices without rights.
func fdStat(c *sandbox.Call, stack []uint64) uint64 {
	if u32(stack, 0) > 2 {
		return errnoBadf
	}
	const size, characterDevice = 24, 2
	stat := c.Bytes(u32(stack, 1), size)
	clear(stat)
	stat[0] = characterDevice
	return errnoSuccess
}

// fd_fdstat_set_flags(fd, flags)
func setFlags(_ *sandbox.Call, stack []uint64) uint64 {
	if u32(stack, 0) > 2 {
		return errnoBadf
	}
	return errnoSuccess
}

// fd_write(fd, vectors, count, written): standard output and error both go to the call's Stderr.
func fdWrite(c *sandbox.Call, stack []uint64) uint64 {
	fd, count := u32(stack, 0), u32(stack, 2)
	if fd != 1 && fd != 2 {
		return errnoBadf
	}
	if count > 1024 {
		return errnoInval
	}
	vectors := c.Bytes(u32(stack, 1), 8*count)
	var written uint32
	for ; len(vectors) > 0; vectors = vectors[8:] {
		p := c.Bytes(binary.LittleEndian.Uint32(vectors), binary.LittleEndian.Uint32(vectors[4:]))
		c.AppendStderr(p)
		written += uint32(len(p))
	}
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 3), 4), written)
	return errnoSuccess
}

// poll_oneoff(in, out, count, events): sleeping moves the virtual clock to the earliest timeout; descriptors are always
// ready.
//
//	in:  userdata u64 | tag u8 | ... | clock id u32 at 16 | timeout u64 at 24 | precision u64 | flags u16 at 40
//	out: userdata u64 | error u16 | tag u8 | ...
func pollOneoff(c *sandbox.Call, stack []uint64) uint64 {
	const inSize, outSize, absolute, realtime = 48, 32, 1, 0
	count := u32(stack, 2)
	if count == 0 || count > 1024 {
		return errnoInval
	}
	in, out := c.Bytes(u32(stack, 0), inSize*count), c.Bytes(u32(stack, 1), outSize*count)
	earliest := int64(-1)
	for s := in; len(s) > 0; s = s[inSize:] {
		wait := int64(0)
		if s[8] == 0 {
			wait = int64(binary.LittleEndian.Uint64(s[24:]))
			if binary.LittleEndian.Uint16(s[40:])&absolute != 0 {
				now := c.Monotonic()
				if binary.LittleEndian.Uint32(s[16:]) == realtime {
					now = c.WallClock()
				}
				wait -= now
			}
		}
		if wait = max(wait, 0); earliest < 0 || wait < earliest {
			earliest = wait
		}
	}
	c.Sleep(earliest)
	for s, o := in, out; len(s) > 0; s, o = s[inSize:], o[outSize:] {
		clear(o[:outSize])
		copy(o, s[:8])
		o[10] = s[8]
	}
	binary.LittleEndian.PutUint32(c.Bytes(u32(stack, 3), 4), count)
	return errnoSuccess
}

// proc_exit(code): there is no process to end, only a call.
func exit(c *sandbox.Call, _ []uint64) {
	c.Trap(sandbox.ReasonExit, "the guest ended itself")
}
