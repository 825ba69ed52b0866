package lsm

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestTheNextTableWaitsAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{FS: vfs.NewMem()}
		create := func(name string, want time.Duration) {
			t.Helper()
			began := time.Now()
			file, err := d.Create(name, vfs.WriteCategoryUnspecified)
			if err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited != want {
				t.Errorf("%s was made after %v, want %v", name, waited, want)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
		create("000001.sst", 0)
		d.failedAt.Store(time.Now().UnixNano())
		create("MANIFEST-000001", 0)
		create("000002.sst", retryPause)
		create("000003.sst", 0)
	})
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := progress{started: time.Now()}
		want := func(silence time.Duration) {
			t.Helper()
			if got := p.silent(); got != silence {
				t.Errorf("silent for %v, want %v", got, silence)
			}
		}
		time.Sleep(time.Hour)
		want(0)
		p.begin()
		time.Sleep(time.Second)
		want(time.Second)
		p.begin()
		time.Sleep(time.Second)
		want(2 * time.Second)
		p.end()
		want(0)
		time.Sleep(time.Second)
		want(time.Second)
		p.end()
		want(0)
		time.Sleep(time.Hour)
		want(0)
		p.begin()
		want(0)
	})
}
