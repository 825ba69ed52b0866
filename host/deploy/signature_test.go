package deploy_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/storage/catalog"
	"workcell/storage/storagetest"
)

func TestAKeyDecidesWhatIsTaken(t *testing.T) {
	public, private, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ship.pub"), public, 0o600); err != nil {
		t.Fatal(err)
	}
	w := worldIn(t, dir, storagetest.NewMemory(), options{builtin: []*guest{hello("1.0.0")}, keys: "ship.pub", keep: 9})
	wasm := hello("1.1.0").wasm()
	sign := func(wasm, key []byte) []byte {
		t.Helper()
		signature, err := deploy.Sign(wasm, key, "")
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	for _, test := range []struct {
		name      string
		signature []byte
		want      string
	}{
		{"nothing", nil, "not signed"},
		{"rubbish", []byte("rubbish"), "not one of minisign"},
		{"something endless", make([]byte, 1<<20), "not one of minisign"},
		{"half a signature", sign(wasm, private)[:80], "not one of minisign"},
		{"the signature of another file", sign(hello("1.2.0").wasm(), private), "not that of these bytes"},
		{"the signature of a stranger", sign(wasm, stranger), "not trusted"},
	} {
		_, err := w.machine.Push(t.Context(), deploy.Request{Wasm: wasm, Signature: test.signature}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "sign") {
			t.Errorf("with %s: pushed with %v, want %q", test.name, err, test.want)
		}
	}
	if got := w.call(2000, ""); got != "1.0.0" {
		t.Errorf("the running version replies %q", got)
	}
	d, err := w.machine.Push(t.Context(), deploy.Request{Wasm: wasm, Signature: sign(wasm, private)}, nil)
	if err != nil || len(d.Signer) != 16 || w.call(2000, "") != "1.1.0" {
		t.Errorf("signed: pushed with %+v, %v", d, err)
	}

	// Through the directory a signature may come later.
	next := hello("1.2.0").wasm()
	w.drop("hello.wasm", next)
	w.until("it is refused", func() bool {
		last := w.events[len(w.events)-1]
		return last.State == catalog.Rejected && strings.Contains(last.Reason, "not signed") && last.Hash == catalog.HashOf(next)
	})
	w.drop("hello.wasm"+deploy.SignatureSuffix, sign(next, private))
	w.until("it is active", func() bool {
		for _, e := range w.events {
			if e.State == catalog.Active && e.Version == "1.2.0" {
				return true
			}
		}
		return false
	})
}

// protected is a private key behind a password. Opening it takes a gigabyte of memory, so no test does.
const protected = `untrusted comment: minisign encrypted secret key
RWRTY0IyHni0Ipm91hCc32x0N1pBrA3ijUV1p6y2i53XvTuViAAAAAACAAAAAAAAAEAAAAAAew5G8T68f39aKHmoxkdWQ4CgmlXOz8NpXKPGZCPjze+rKNl/6j5Fi+Z/QG/V7mjJGQ4vi0Y1DOAtrb7Rg9zPFCwWNl2bjzz9FIgIeUlBXb5VaBFhJYHv1T4ANbbAXHxfsJXZ2NHFdYA=`

func TestKeysAreReadFromTextAndFiles(t *testing.T) {
	public, private, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(public))
	text := lines[len(lines)-1]
	for list, want := range map[string]int{"": 0, " , ": 0, text: 1, text + "," + text: 2} {
		if keys, err := deploy.ParseKeys(list, t.TempDir()); err != nil || len(keys) != want {
			t.Errorf("%q: %d keys, %v", list, len(keys), err)
		}
	}
	for _, list := range []string{"nonsense", "missing.pub", text[:20]} {
		if _, err := deploy.ParseKeys(list, t.TempDir()); err == nil || !strings.Contains(err.Error(), "workcell key new") {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := deploy.Sign([]byte("x"), []byte(protected), ""); !errors.Is(err, deploy.ErrPassword) || !strings.Contains(err.Error(), "--password-file") {
		t.Errorf("signed without the password: %v", err)
	}
	if _, err := deploy.Sign([]byte("x"), []byte("nonsense"), ""); err == nil {
		t.Error("signed without a key")
	}
	signature, err := deploy.Sign([]byte("x"), private, "")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := deploy.ParseKeys(text, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Verify([]byte("x"), signature); err != nil {
		t.Error(err)
	}
}

// signer is a key: what servers know of it, and what it has signed.
type signer struct {
	t               *testing.T
	public, private []byte
}

func newSigner(t *testing.T) signer {
	t.Helper()
	public, private, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return signer{t, public, private}
}

// text is the key as in a configuration.
func (s signer) text() string {
	lines := strings.Fields(string(s.public))
	return lines[len(lines)-1]
}

// signed asks for a module with its signature.
func (s signer) signed(g *guest) deploy.Request {
	s.t.Helper()
	signature, err := deploy.Sign(g.wasm(), s.private, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return deploy.Request{Wasm: g.wasm(), Signature: signature}
}

// asked pushes what must become active.
func (w *world) asked(r deploy.Request) catalog.Deployment {
	w.t.Helper()
	d, err := w.machine.Push(w.t.Context(), r, nil)
	if err != nil || d.State != catalog.Active {
		w.t.Fatalf("pushed with %+v, %v", d, err)
	}
	return d
}

// again is the world after a restart with other options.
func (w *world) again(o options) *world {
	w.t.Helper()
	w.stop()
	return worldIn(w.t, w.dir, w.engine.Crash(0), o)
}

// A key that is withdrawn takes out what only it has signed, at the next start, and what was before it goes on.
func TestAWithdrawnKeyTakesItsVersionsOut(t *testing.T) {
	ann, ben, eve := newSigner(t), newSigner(t), newSigner(t)
	with := func(keys ...signer) options {
		o := options{builtin: []*guest{hello("1.0.0")}, keep: 9}
		for _, k := range keys {
			o.keys += k.text() + ","
		}
		return o
	}
	w := newWorld(t, with(ann, ben))
	w.asked(ann.signed(hello("1.1.0")))
	two := w.asked(ben.signed(hello("1.2.0")))
	w.asked(ben.signed(named("tiny", 2001)))
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: hello("1.3.0").wasm(), Signature: ben.signed(hello("1.3.0")).Signature, Trial: &catalog.Trial{Percent: 50, Calls: 9}}, nil); err != nil {
		t.Fatal(err)
	}

	w = w.again(with(ann))
	w.wants("hello 1.0.0 retired, hello 1.1.0 active, hello 1.2.0 rolled back, tiny 1.0.0 rolled back, hello 1.3.0 rolled back")
	for range 4 {
		if a, b := w.call(2000, ""), w.call(2001, ""); a != "1.1.0" || b != "(nobody)" {
			t.Errorf("without the key: replies %q and %q", a, b)
		}
	}
	if reason := w.reaches(two.ID, catalog.RolledBack); !strings.Contains(reason, "not trusted") || !strings.Contains(reason, "handler rollback hello --to 2") {
		t.Errorf("taken out for %q", reason)
	}
	if _, err := w.machine.Rollback("hello", &two.ID, ""); err == nil || !strings.Contains(err.Error(), "not trusted") {
		t.Errorf("put back with %v", err)
	}

	w = w.again(with(ann, ben)) // it was a mistake
	w.wants("hello 1.0.0 retired, hello 1.1.0 active, hello 1.2.0 rolled back, tiny 1.0.0 rolled back, hello 1.3.0 rolled back")
	if d, err := w.machine.Rollback("hello", &two.ID, ""); err != nil || d.ID != two.ID || w.call(2000, "") != "1.2.0" {
		t.Errorf("put back %+v, %v", d, err)
	}
	w = w.again(with(eve))
	w.wants("hello 1.0.0 active, hello 1.1.0 rolled back, hello 1.2.0 rolled back, tiny 1.0.0 rolled back, hello 1.3.0 rolled back")
	if got := w.call(2000, ""); got != "1.0.0" {
		t.Errorf("with a stranger's key: replies %q", got)
	}
}

// Where nothing else understands what the version has stored, the server does not start, and has changed nothing.
func TestAWithdrawnKeyThatLeavesNobodyToReadIsNoLoss(t *testing.T) {
	ann, eve := newSigner(t), newSigner(t)
	o := options{builtin: []*guest{hello("1.0.0")}, keys: ann.text()}
	w := newWorld(t, o)
	w.asked(ann.signed(hello("2.0.0").with(func(m *abi.Manifest) { m.DataSets[0].Reads, m.DataSets[0].Writes = []uint32{1, 2}, 2 })))
	w.stop()

	refused := error(nil)
	other := o
	other.keys, other.started = eve.text(), func(err error) { refused = err }
	w = w.again(other)
	if refused == nil || !strings.Contains(refused.Error(), "records of version 2") || !strings.Contains(refused.Error(), "version 1 (2.0.0) is out") || !strings.Contains(refused.Error(), "not trusted") {
		t.Errorf("started with %v", refused)
	}
	w = w.again(o)
	if got := w.call(2000, ""); got != "2.0.0" {
		t.Errorf("with the key again: replies %q", got)
	}
}

// A key is exchanged while its versions run: what is in service is pushed again with the new signature.
func TestWhatRunsIsSignedAnew(t *testing.T) {
	ann, ben, eve := newSigner(t), newSigner(t), newSigner(t)
	var log bytes.Buffer
	o := options{builtin: []*guest{hello("1.0.0")}, keep: 9, log: &log}
	w := newWorld(t, o)
	signedBy := func() deploy.Info {
		list := w.machine.List()
		return list[len(list)-1]
	}
	one := w.push(hello("1.1.0"))
	if i := signedBy(); !i.Unsigned || i.Signer != "" || w.machine.List()[0].Unsigned {
		t.Errorf("pushed without a signature: %+v", i)
	}
	w.asked(ann.signed(hello("1.1.0"))) // before it is asked for
	o.keys = ann.text() + "," + ben.text()
	w = w.again(o)
	if i := signedBy(); i.Unsigned || len(i.Signer) != 16 || i.State != catalog.Active {
		t.Errorf("with keys: %+v", i)
	}
	before := signedBy().Signer
	if _, err := w.machine.Push(t.Context(), eve.signed(hello("1.1.0")), nil); err == nil || !strings.Contains(err.Error(), "not trusted") {
		t.Errorf("signed by a stranger: %v", err)
	}
	if d := w.asked(ben.signed(hello("1.1.0"))); d.ID != one.ID || d.Signer == before || signedBy().Signer != d.Signer {
		t.Errorf("signed anew: %+v, listed as %+v", d, signedBy())
	}
	old := ann.signed(hello("1.1.0"))
	old.Door = deploy.DoorDirectory // where it was left
	if d := w.asked(old); d.Signer != signedBy().Signer || d.Signer == before {
		t.Errorf("the old signature is back: %+v", d)
	}
	o.keys = ben.text()
	w = w.again(o)
	w.wants("hello 1.0.0 retired, hello 1.1.0 active")
	w.stop()

	if got := strings.Count(log.String(), "handler.trusted_keys"); got != 1 || !strings.Contains(log.String(), "level=WARN msg=\"handlers are taken without a signature") {
		t.Errorf("one start of three was without a key, the log says so %d times:\n%s", got, log.String())
	}
}
