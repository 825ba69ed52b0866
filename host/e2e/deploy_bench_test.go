package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/deploy"
	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
	"workcell/storage/catalog"
)

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkShip measures what it takes to replace a handler, and what clients notice of it: `make bench-ship`.
func BenchmarkShip(b *testing.B) {
	for b.Loop() {
		benchUpdate(b)
		benchUnderLoad(b)
		benchStart(b)
	}
}

// recompiled returns the board with code that was never compiled before: a function more.
func recompiled(b *testing.B, n int) []byte {
	b.Helper()
	m, err := wasmbin.Decode(hosttest.Guest(b, boardOnly[0]))
	if err != nil {
		b.Fatal(err)
	}
	for range n {
		m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: wasmasm.Assemble("nop")})
	}
	return m.Append(nil)
}

// small returns a handler by hand, as small as a compiler for C would make it.
func small() []byte {
	manifest := string(abi.AppendManifest(nil, &abi.Manifest{
		ABI: abi.Version, Name: "small", Version: "1.0.0", Routes: []abi.Route{{ID: 2000, Name: "small", Kind: abi.KindRead, Reply: 1001}},
	}))
	m := &wasmbin.Module{
		Memories: []wasmbin.Limits{{Min: 1}},
		Exports:  []wasmbin.Export{{Name: abi.ExportMemory, Kind: wasmbin.KindMemory}},
		Datas:    []wasmbin.Data{{Offset: wasmasm.Assemble("i32.const 16"), Bytes: []byte(manifest)}},
	}
	m.Imports = []wasmbin.Import{{
		Module: abi.Module, Name: "output_write", Kind: wasmbin.KindFunc, Type: m.AddType(wasmbin.FuncType{Params: wasmasm.Types("i32 i32")}),
	}}
	for _, f := range []struct{ name, params, results, code string }{
		{abi.ExportABI, "", "i32", fmt.Sprint("i32.const ", abi.Version)},
		{abi.ExportDescribe, "", "", fmt.Sprintf("i32.const 16 i32.const %d call 0", len(manifest))},
		{abi.ExportHandle, "i32 i32", "i32", "i32.const 0"},
	} {
		index := m.AddFunc(wasmbin.FuncType{Params: wasmasm.Types(f.params), Results: wasmasm.Types(f.results)}, wasmbin.Body{Code: wasmasm.Assemble(f.code)})
		m.Exports = append(m.Exports, wasmbin.Export{Name: f.name, Kind: wasmbin.KindFunc, Index: index})
	}
	return m.Append(nil)
}

// pushed pushes a module that must become active.
func pushed(b *testing.B, dir string, wasm []byte) {
	b.Helper()
	if d, err := admin.PushHandler(soon(b), dir, deploy.Request{Wasm: wasm}, func(catalog.Deployment) {}); err != nil || d.State != catalog.Active {
		b.Fatalf("pushed with %+v, %v", d, err)
	}
}

// benchUpdate measures single updates, of a server that has nothing else to do.
func benchUpdate(b *testing.B) {
	a := start(b, boardOnly, unlimited)
	c := a.dial(b, ann)
	call := func() {
		b.Helper()
		if _, err := client.Ask[*pmpb.ProjectList](soon(b), c, &pmpb.ListProjectsRequest{}); err != nil {
			b.Fatal(err)
		}
	}
	call()
	const rounds = 3
	var updates, rollbacks []time.Duration
	for i := range rounds {
		wasm := recompiled(b, 1+int(time.Now().UnixNano()%1000)*rounds+i) // whatever an earlier run has left in the cache
		started := time.Now()
		pushed(b, a.dir, wasm)
		call()
		updates = append(updates, time.Since(started))

		started = time.Now()
		if _, err := admin.RollbackHandler(soon(b), a.dir, "board", ""); err != nil {
			b.Fatal(err)
		}
		call()
		rollbacks = append(rollbacks, time.Since(started))
	}
	started := time.Now()
	pushed(b, a.dir, small())
	updateSmall := time.Since(started)

	wasm := recompiled(b, 5000)
	watched := filepath.Join(a.dir, deploy.WatchedDir)
	started = time.Now()
	if err := os.WriteFile(filepath.Join(watched, ".new"), wasm, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(filepath.Join(watched, ".new"), filepath.Join(watched, "board.wasm")); err != nil {
		b.Fatal(err)
	}
	a.awaitHandler(b, func(i deploy.Info) bool { return i.Hash == catalog.HashOf(wasm) && i.State == catalog.Active })
	call()
	updateDirectory := time.Since(started)
	median := func(times []time.Duration) float64 {
		slices.Sort(times)
		return milliseconds(times[len(times)/2])
	}
	figure("update_ms", median(updates), "ms", len(updates))
	figure("update_directory_ms", milliseconds(updateDirectory), "ms", 1)
	figure("update_c_ms", milliseconds(updateSmall), "ms", 1)
	figure("rollback_ms", median(rollbacks), "ms", len(rollbacks))
	if err := a.stop(); err != nil {
		b.Fatal(err)
	}
}

// benchUnderLoad replaces the board again and again under clients that write.
func benchUnderLoad(b *testing.B) {
	const clients, updates, rollbacks, calm = 64, 20, 10, 5 * time.Second
	a := start(b, boardOnly, unlimited)
	before := write(b, a, "BF", clients)
	time.Sleep(calm) // the time that is measured
	before.stop()
	before.running.Wait()
	during := write(b, a, "DU", clients)
	started := time.Now()
	ship(b, a, updates, rollbacks)
	took := time.Since(started)
	during.stop()
	during.running.Wait()
	figure("updates_and_rollbacks_s", took.Seconds(), "s", updates+rollbacks)
	figure("failed_calls", float64(before.failed.Load()+during.failed.Load()), "calls", int(during.created.Load()))
	p99 := func(w *writers) float64 {
		slices.Sort(w.times)
		return milliseconds(w.times[len(w.times)*99/100])
	}
	figure("p99_before_ms", p99(before), "ms", len(before.times))
	figure("p99_during_ms", p99(during), "ms", len(during.times))
	figure("p99_during_vs_before", p99(during)/p99(before), "x", len(during.times))
	if err := a.stop(); err != nil {
		b.Fatal(err)
	}
}

// benchStart measures starts of the program as it is shipped.
func benchStart(b *testing.B) {
	dir := b.TempDir()
	hosttest.Binary(b, dir) // the board is in the overlay that this leaves
	binary := filepath.Join(dir, "shipped")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "./cmd/workcell")
	build.Dir = hosttest.Root(b)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, text)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	data := filepath.Join(dir, "d")
	for _, name := range []string{"cold_start_ms", "warm_start_ms"} {
		p, took := startUncached(b, binary, data)
		figure(name, milliseconds(took), "ms", 1)
		if name == "warm_start_ms" {
			figure("idle_rss_mib", resident(b, p.Process.Pid), "MiB", 1)
		}
		_ = p.Process.Kill()
		_ = p.Wait()
	}
	figure("binary_mib", float64(info.Size())/(1<<20), "MiB", 1)
}

// startUncached starts a server with a code cache of its own, and says how long it took until it listened.
func startUncached(b *testing.B, binary, dir string) (*process, time.Duration) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "cache"), 0o700); err != nil && !os.IsExist(err) {
		b.Fatal(err)
	}
	started := time.Now()
	p := spawnAs(b, dir, binary)
	return p, time.Since(started)
}

// resident returns the memory of an idle process, in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	time.Sleep(2 * time.Second) // to come to rest
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(text)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatal("the system does not say how much memory a process has")
	return 0
}
