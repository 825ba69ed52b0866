package backup

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"workcell/storage"
	"workcell/storage/lsm"
)

// Writers go on while a backup is made. What is restored from it is the state after the commit the manifest names: all
// commits up to it, which include those that were acknowledged before the backup was asked for, and none behind it.
func TestABackupUnderLoadIsTheStateAfterOneCommit(t *testing.T) {
	dir := t.TempDir()
	engine, s := openStore(t, filepath.Join(dir, "data.db"))
	var (
		mu        sync.Mutex
		sequences = map[string]storage.Sequence{}
		group     sync.WaitGroup
		stop      = make(chan struct{})
		written   = make(chan struct{})
	)
	for w := range 4 {
		group.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("w%d-%d", w, i)
				sequence, err := write(s, name, 1000)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sequences[name] = sequence
				mu.Unlock()
				select {
				case <-stop:
					return
				case written <- struct{}{}:
				default:
				}
			}
		})
	}
	more := func(n int) {
		for range n {
			<-written
		}
	}
	more(50)
	mu.Lock()
	promised := maps.Clone(sequences)
	mu.Unlock()
	into := filepath.Join(dir, "backup")
	m := backUp(t, engine, into)
	more(50)
	close(stop)
	group.Wait()

	restored := filepath.Join(dir, "restored.db")
	p, err := PlanRestore(t.Context(), into, Box{Store: restored})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Run(t.Context(), Options{})
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Fatalf("restored %+v, %v, want %+v", got, err, m)
	}
	names, last := namesIn(t, restored)
	if last != m.Sequence {
		t.Errorf("the last commit is %d, the manifest says %d", last, m.Sequence)
	}
	held := map[string]bool{}
	for _, name := range names {
		held[name] = true
	}
	for name, sequence := range sequences {
		if held[name] != (sequence <= m.Sequence) {
			t.Errorf("%s is commit %d of %d, held: %v", name, sequence, m.Sequence, held[name])
		}
	}
	for name := range promised {
		if !held[name] {
			t.Errorf("%s was acknowledged before the backup and is not in it", name)
		}
	}
	if len(held) != int(last) || len(held) >= len(sequences) {
		t.Errorf("%d names for %d commits, of %d", len(held), last, len(sequences))
	}
}

func TestABackupHoldsWhatItsManifestSays(t *testing.T) {
	dir, m := made(t)
	if m.Version != "1.2.3" || m.StoreFormat != lsm.FormatVersion || m.Format != FormatVersion || m.Sequence != 30 || m.Created.IsZero() {
		t.Errorf("manifest %+v", m)
	}
	files := tree(t, dir)
	if len(files) != len(m.Files)+1 {
		t.Errorf("%d files, the manifest lists %d", len(files)-1, len(m.Files))
	}
	verified, err := Verify(t.Context(), dir)
	if err != nil || !reflect.DeepEqual(verified, m) {
		t.Errorf("verified %+v, %v", verified, err)
	}
	if after := tree(t, dir); !maps.Equal(files, after) {
		t.Error("verifying changed the backup")
	}
}

func TestAPlanSaysWhatWillBeDone(t *testing.T) {
	checkpoint, commits := sample(t)
	into := filepath.Join(t.TempDir(), "backup")
	before := tree(t, checkpoint)
	p, err := PlanBackup(checkpoint, into, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	wantAbsent(t, p.Into)
	wantAbsent(t, p.Partial)
	bytes := int64(0)
	for name, content := range before {
		bytes += int64(len(content))
		if !containsFile(p.Files, name, int64(len(content))) {
			t.Errorf("%s with %d bytes is not in the plan", name, len(content))
		}
	}
	if p.Bytes != bytes || len(p.Files) != len(before) || p.Sequence != storage.Sequence(commits) || p.Replaces || p.Into != into || p.From != checkpoint {
		t.Errorf("%+v, want %d bytes", p, bytes)
	}
	if after := tree(t, checkpoint); !maps.Equal(before, after) {
		t.Error("planning changed the checkpoint")
	}
}

func containsFile(files []File, name string, bytes int64) bool {
	for _, f := range files {
		if f.Name == name && f.Bytes == bytes {
			return true
		}
	}
	return false
}

func TestACheckpointThatDoesNotOpenIsNoBackup(t *testing.T) {
	checkpoint, _ := sample(t)
	for _, name := range firstOfEachKind(t, boxIn(checkpoint).Store) {
		if filepath.Ext(name) == ".log" {
			continue // a log may be empty
		}
		damage(t, filepath.Join(boxIn(checkpoint).Store, name), func([]byte) []byte { return nil })
	}
	if _, err := PlanBackup(checkpoint, filepath.Join(t.TempDir(), "backup"), "1.2.3"); err == nil {
		t.Error("planned")
	}
}
