package e2e

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/storage/key"
	"workcell/storage/lsm"
)

// BenchmarkBackup measures what a backup costs those who write meanwhile: the 99th percentile of the time a durable create
// takes while the command copies a store of benchStoreMiB, against that of the time before. The figure is the median over
// the rounds, and the goal is at most 2.
//
//	make bench-backup
func BenchmarkBackup(b *testing.B) {
	const rounds, clients = 9, 16
	dir := b.TempDir()
	fillWithNoise(b, dir)
	b.Setenv("PM_RATE_LIMIT_MAX_REQUESTS", "10000")
	b.Setenv("PM_RATE_LIMIT_WINDOW_SECS", "1")
	p := spawn(b, dir)
	var writers []*benchWriter
	for range clients {
		c, err := client.Dial(soon(b), p.url, client.Options{User: ann})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		writers = append(writers, &benchWriter{client: c, project: newProject(b, c).Id})
	}
	for b.Loop() {
		var ratios []float64
		requests := 0
		for round := range rounds + 1 {
			into := filepath.Join(dir, fmt.Sprint("backup", round))
			before := measureWrites(b, writers, func() { time.Sleep(6 * time.Second) })
			during := measureWrites(b, writers, func() { workcell(b, "backup", into, "--dir", dir) })
			if err := os.RemoveAll(into); err != nil {
				b.Fatal(err)
			}
			ratio := float64(percentile99(during)) / float64(percentile99(before))
			b.Logf("round %d: p99 %v before (%d requests), %v during (%d requests): %.2f",
				round, percentile99(before), len(before), percentile99(during), len(during), ratio)
			if round > 0 { // the first one warms up
				ratios = append(ratios, ratio)
				requests += len(during)
			}
		}
		slices.Sort(ratios)
		figure("backup_p99_vs_before", ratios[len(ratios)/2], "x", requests)
	}
}

// benchStoreMiB is the size of the store that is copied.
const benchStoreMiB = 128

// fillWithNoise writes a store of a size that matters and that does not compress.
func fillWithNoise(b *testing.B, dir string) {
	engine, err := lsm.Open(filepath.Join(dir, "data.db"), lsm.Options{})
	if err != nil {
		b.Fatal(err)
	}
	batch, random, value := engine.NewBatch(), rand.NewChaCha8([32]byte{1}), make([]byte, 4<<10)
	for n := range benchStoreMiB {
		if err := batch.Begin(); err != nil {
			b.Fatal(err)
		}
		for i := range (1 << 20) / len(value) {
			_, _ = random.Read(value) // never fails
			k := binary.BigEndian.AppendUint32(key.AppendDataSet(nil, "noise"), uint32(n<<8|i))
			if err := batch.Put(k, value); err != nil {
				b.Fatal(err)
			}
		}
		if err := errors.Join(batch.Apply(), batch.Sync()); err != nil {
			b.Fatal(err)
		}
	}
	batch.Reset()
	if err := errors.Join(engine.Flush(), engine.Close()); err != nil {
		b.Fatal(err)
	}
}

// benchWriter creates items in a project of its own.
type benchWriter struct {
	client  *client.Client
	project string
	took    []time.Duration
}

// measureWrites lets the writers write while something else happens, and returns how long each write took.
func measureWrites(b *testing.B, writers []*benchWriter, while func()) []time.Duration {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	description := strings.Repeat("x", 200)
	var writing sync.WaitGroup
	for _, w := range writers {
		w.took = nil
		writing.Go(func() { // ends with ctx
			for ctx.Err() == nil {
				began := time.Now()
				_, err := client.Ask[*pmpb.WorkItemCreated](b.Context(), w.client, &pmpb.CreateWorkItemRequest{
					ItemType: pmpb.WorkItemType_TASK, Title: "A title of about forty characters, as is", ProjectId: w.project, Description: &description,
				})
				if err != nil {
					b.Error(err)
					return
				}
				w.took = append(w.took, time.Since(began))
			}
		})
	}
	while()
	stop()
	writing.Wait()
	var all []time.Duration
	for _, w := range writers {
		all = append(all, w.took...)
	}
	return all
}

func percentile99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}
