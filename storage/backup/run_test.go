package backup

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// faulty makes files that are written through a hook.
func faulty(write func(f *os.File, p []byte) (int, error), sync func(f *os.File) error) func(string) (target, error) {
	return func(path string) (target, error) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		return &faultyFile{f, write, sync}, err
	}
}

type faultyFile struct {
	*os.File
	write func(f *os.File, p []byte) (int, error)
	sync  func(f *os.File) error
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if f.write == nil {
		return f.File.Write(p)
	}
	return f.write(f.File, p)
}

func (f *faultyFile) Sync() error {
	if f.sync == nil {
		return f.File.Sync()
	}
	return f.sync(f.File)
}

// plans are a plan of a backup and one of a restore.
func plans(t *testing.T) map[string]func() *Plan {
	t.Helper()
	checkpoint, _ := sample(t)
	dir, _ := made(t)
	into := t.TempDir()
	return map[string]func() *Plan{
		"backup": func() *Plan {
			p, err := PlanBackup(checkpoint, filepath.Join(into, "backup"), "1.2.3")
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
		"restore": func() *Plan {
			p, err := PlanRestore(t.Context(), dir, beside(filepath.Join(into, "data.db")))
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
	}
}

// wantWhole checks what a run has made.
func wantWhole(t *testing.T, p *Plan) {
	t.Helper()
	wantAbsent(t, p.Partial)
	store := p.Into
	if p.target == nil {
		if _, err := Verify(t.Context(), p.Into); err != nil {
			t.Error(err)
		}
		store = filepath.Join(p.Into, storeName)
	} else {
		wantFurnished(t, *p.target)
		wantAbsent(t, p.staging.Modules)
		wantAbsent(t, p.staging.Config)
	}
	if names, last := namesIn(t, store); last != p.Sequence || len(names) != int(last) {
		t.Errorf("%d names and commit %d, want %d", len(names), last, p.Sequence)
	}
}

// Whatever ends a run, at whichever file, leaves at most the partial copy; the next run replaces that and succeeds.
func TestAnInterruptedRunIsRepeated(t *testing.T) {
	for verb, plan := range plans(t) {
		t.Run(verb, func(t *testing.T) {
			p := plan()
			files := len(p.Files)
			for stop := range files + 1 {
				ctx, cancel := context.WithCancelCause(t.Context())
				interrupted := errors.New("interrupted")
				begun := 0
				o := Options{create: func(path string) (target, error) {
					if begun == stop {
						cancel(interrupted)
					}
					begun++
					return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				}}
				p := plan()
				if p.Replaces != (stop > 0) {
					t.Errorf("before run %d the plan says that a partial copy is there: %v", stop, p.Replaces)
				}
				_, err := p.Run(ctx, o)
				cancel(nil)
				if p.target != nil && stop == files { // it writes no manifest: this was the whole run
					if err != nil {
						t.Fatal(err)
					}
					wantWhole(t, p)
					return
				}
				if !errors.Is(err, interrupted) {
					t.Fatal(err)
				}
				wantAbsent(t, p.Into)
				if err := os.WriteFile(filepath.Join(p.Partial, "junk"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p = plan()
			if _, err := p.Run(t.Context(), Options{}); err != nil {
				t.Fatal(err)
			}
			wantWhole(t, p)
		})
	}
}

func TestATargetThatFails(t *testing.T) {
	const room = 20_000
	for name, test := range map[string]struct {
		create func() func(string) (target, error)
		want   error
	}{
		"full": {func() func(string) (target, error) {
			left := room
			return faulty(func(f *os.File, p []byte) (int, error) {
				n, err := f.Write(p[:min(left, len(p))])
				if left -= n; err == nil && n < len(p) {
					err = syscall.ENOSPC
				}
				return n, err
			}, nil)
		}, syscall.ENOSPC},
		"a sync that fails": {func() func(string) (target, error) {
			return faulty(nil, func(*os.File) error { return syscall.EIO })
		}, syscall.EIO},
		"no more files": {func() func(string) (target, error) {
			return func(string) (target, error) { return nil, syscall.EMFILE }
		}, syscall.EMFILE},
	} {
		for verb, plan := range plans(t) {
			t.Run(verb+" "+name, func(t *testing.T) {
				p := plan()
				_, err := p.Run(t.Context(), Options{create: test.create()})
				if !errors.Is(err, test.want) || !strings.Contains(err.Error(), p.Partial) {
					t.Errorf("got %v", err)
				}
				wantAbsent(t, p.Into)
				p = plan()
				if _, err := p.Run(t.Context(), Options{}); err != nil {
					t.Fatal(err)
				}
				wantWhole(t, p)
			})
		}
	}
}

// A medium that takes everything and keeps something else is found out before the copy gets its name.
func TestAMediumThatLies(t *testing.T) {
	for verb, plan := range plans(t) {
		t.Run(verb, func(t *testing.T) {
			p := plan()
			_, err := p.Run(t.Context(), Options{create: faulty(func(f *os.File, b []byte) (int, error) {
				if strings.HasSuffix(f.Name(), ".sst") {
					b[len(b)/2] ^= 1
					defer func() { b[len(b)/2] ^= 1 }()
				}
				return f.Write(b)
			}, nil)})
			var d *DamagedError
			if !errors.As(err, &d) || !strings.HasSuffix(d.Problems[0].File, ".sst") || !strings.Contains(err.Error(), "another one") {
				t.Errorf("got %v", err)
			}
			wantAbsent(t, p.Into)
		})
	}
}

func TestASourceThatChangesUnderTheRun(t *testing.T) {
	for verb, plan := range plans(t) {
		for name, change := range map[string]func([]byte) []byte{"size": truncate, "content": flipBit} {
			if verb == "backup" && name == "content" {
				continue // a plan of a backup has not read the files
			}
			t.Run(verb+" "+name, func(t *testing.T) {
				p := plan()
				victim := p.Files[slices.IndexFunc(p.Files, func(f File) bool { return f.Bytes > 0 })].Name
				path := p.source.path(victim)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				damage(t, path, change)
				if _, err := p.Run(t.Context(), Options{}); !errors.Is(err, errChanged) || !strings.Contains(err.Error(), victim) {
					t.Errorf("got %v", err)
				}
				wantAbsent(t, p.Into)
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestATargetThatFillsUpUnderTheRunIsLeftAlone(t *testing.T) {
	for verb, plan := range plans(t) {
		t.Run(verb, func(t *testing.T) {
			p := plan()
			theirs := filepath.Join(p.Into, "theirs")
			_, err := p.Run(t.Context(), Options{create: func(path string) (target, error) {
				if err := errors.Join(os.MkdirAll(p.Into, 0o700), os.WriteFile(theirs, []byte("x"), 0o600)); err != nil {
					t.Error(err)
				}
				return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			}})
			if !errors.Is(err, ErrNotEmpty) {
				t.Errorf("got %v", err)
			}
			if got := tree(t, p.Into); !maps.Equal(got, map[string]string{"theirs": "x"}) {
				t.Errorf("there is %v", got)
			}
			if err := os.RemoveAll(p.Into); err != nil {
				t.Fatal(err)
			}
		})
	}
}
