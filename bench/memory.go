package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"workcell/storage/lsm"
)

// allocationRuns is how many transactions allocations are counted over.
const allocationRuns = 2000

// measureAllocations counts the allocations of a transaction, without the engine's work in the background: its memtable
// holds all that is written.
func measureAllocations(s settings, f *figures) error {
	o, err := openOursWith(filepath.Join(s.dir, "allocations"), min(s.records, 1000), lsm.Options{CacheMiB: 16, MemtableMiB: 64})
	if err != nil {
		return err
	}
	w := newWork(1)
	var failed error
	one := func() {
		w.next(1000)
		failed = errors.Join(failed, o.do(w))
	}
	for range 500 { // buffers grow
		one()
	}
	f.report("txn_allocs", testing.AllocsPerRun(allocationRuns, one), "allocs", allocationRuns)
	return errors.Join(failed, o.close())
}

// measureEdge measures the memory of the smallest configuration, in a process of its own.
func measureEdge(s settings, f *figures) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "-edge", "-dir", filepath.Join(s.dir, "edge"), "-slice", s.slice.String(),
		"-rounds", strconv.Itoa(s.rounds), "-records", strconv.Itoa(s.records))
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return fmt.Errorf("measure memory: %w", err)
	}
	mib, err := strconv.ParseFloat(string(bytes.TrimSpace(out)), 64)
	if err != nil {
		return err
	}
	f.report("rss_edge_mib", mib, "MiB", s.rounds)
	return nil
}

// edgeClients is how many clients load the small configuration.
const edgeClients = 16

// edgeMemory returns the MiB of resident memory that a store adds to an empty process, under load for a while.
func edgeMemory(s settings) (float64, error) {
	debug.FreeOSMemory()
	before, err := resident()
	if err != nil {
		return 0, err
	}
	o, err := openOursWith(s.dir, s.records, small)
	if err != nil {
		return 0, err
	}
	var added []float64
	for range s.rounds {
		if _, err = throughput(o, edgeClients, s); err != nil {
			break
		}
		var now float64
		if now, err = resident(); err != nil {
			break
		}
		added = append(added, now-before)
	}
	if err = errors.Join(err, o.close()); err != nil {
		return 0, err
	}
	return median(added), nil
}

// resident returns the MiB of resident memory of this process.
func resident() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("/proc/self/status does not tell VmRSS")
}
