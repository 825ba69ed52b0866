package tryout_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"workcell/host/config"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/host/tryout"
)

// loaded are the modules of this test process: loading one takes longer than all that is done with it.
var loaded struct {
	engine  *sandbox.Engine
	modules map[string]*sandbox.Module // by their files
}

func TestMain(m *testing.M) {
	var err error
	loaded.modules = map[string]*sandbox.Module{}
	if loaded.engine, err = sandbox.New(context.Background(), sandbox.Config{Functions: hostcall.Functions()}); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := loaded.engine.Close(context.Background()); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// maxFuel is the most fuel that a call of these tests gets.
const maxFuel = 50_000_000

// newHost returns a Host for a module.
func newHost(t *testing.T, wasm []byte) *tryout.Host {
	t.Helper()
	module, known := loaded.modules[string(wasm)]
	if !known {
		var err error
		if module, err = loaded.engine.Load(t.Context(), wasm); err != nil {
			t.Fatal(err)
		}
		loaded.modules[string(wasm)] = module
	}
	settings := config.Default()
	return tryout.New(module, settings.GuestSettings(), maxFuel)
}

// probe is a Host for the guest that does what its request says.
func probe(t *testing.T) *tryout.Host {
	t.Helper()
	return newHost(t, hosttest.Guest(t, "./guests/probe/main"))
}

func parse(t *testing.T, document string) *tryout.Script {
	t.Helper()
	s, err := tryout.ParseScript([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// play plays a script that fits and returns its verdicts.
func play(t *testing.T, s *tryout.Host, document string) []tryout.Verdict {
	t.Helper()
	verdicts, err := s.Play(t.Context(), parse(t, document))
	if err != nil {
		t.Fatal(err)
	}
	return verdicts
}

func TestACallIsCommittedOrDidNothing(t *testing.T) {
	s := probe(t)
	for _, v := range play(t, s, `{"calls":[
		{"name":"writes are seen by the call itself", "route":"run", "request":"put 0 aa 01\nput 0 ab 02\ndelete 0 aa\nscan 0 - - forward 9\nscan 0 - - reverse 9",
		 "reply":"ab 02\nend 1\nab 02\nend 1\n",
		 "writes":[{"set":"probe","key":"hex:aa","deleted":true},{"set":"probe","key":"hex:ab","value":"hex:02"}]},
		{"name":"and by the next", "route":"look", "request":"get 0 ab\nget 0 aa", "reply":"02\nabsent\n"},
		{"name":"a refusal did nothing", "route":"run", "request":"put 0 ab ff\nsubscribe 5:61\nrefuse 5 66 6d", "refusal":{"code":"CONFLICT","field":"f","message":"m"}},
		{"name":"a trap did nothing", "route":"run", "request":"put 0 ab ff\nsubscribe 5:61\npanic", "trap":"unreachable"},
		{"name":"a read that writes traps", "route":"look", "request":"put 0 ab ff", "trap":"read_only"},
		{"name":"nothing was done", "route":"look", "request":"get 0 ab\nsubscribe 5:61", "reply":"02\nheld\n", "changes":[{"kind":"subscribe","scope":"topic:a"}]},
		{"name":"what is held is not subscribed again", "route":"2001", "request":"subscribe 5:61", "changes":[]},
		{"name":"what is no longer held is", "route":"2001", "request":"unsubscribe 5:61\nsubscribe 5:61", "changes":[{"kind":"unsubscribe","scope":"topic:a"},{"kind":"subscribe","scope":"topic:a"}]},
		{"name":"a log line", "route":"run", "request":"log 2 6c6f67", "log":[{"level":"warn","line":"log"}]}
	]}`) {
		for _, problem := range v.Problems {
			t.Errorf("%s: %s", v.Name, problem)
		}
	}
	if got := s.State(); len(got["probe"]) != 1 || got["probe"][0].Value.String() != "hex:02" {
		t.Errorf("%v", got)
	}
}

func TestEveryExpectationCanFail(t *testing.T) {
	s := probe(t)
	for want, step := range map[string]string{
		"another reply":                    `"reply":"03"`,
		"other writes":                     `"writes":[]`,
		"other events":                     `"events":[{"scopes":["topic:a"],"route":1002,"payload":"x"}]`,
		"other changes of subscriptions":   `"changes":[{"kind":"subscribe","scope":"topic:b"}]`,
		"other log lines":                  `"log":[{"level":"warn","line":"log"}]`,
		"the call ended otherwise":         `"refusal":{"code":"CONFLICT"}`,
		"the call ended otherwise\n  got:": `"trap":"unreachable"`,
	} {
		v := play(t, s, `{"calls":[{"route":"run","request":"put 0 aa 01\nget 0 aa",`+step+`}]}`)
		if len(v[0].Problems) != 1 || !strings.HasPrefix(v[0].Problems[0], want) {
			t.Errorf("%s: %q", step, v[0].Problems)
		}
	}
	for want, step := range map[string]string{
		"another refusal": `"request":"refuse 5 66 6d","refusal":{"code":"CONFLICT","field":"g"}`,
		"another trap":    `"request":"panic","trap":"read_only"`,
		"the call ended otherwise\n  got:  \"refused: {\\\"code\\\":\\\"CONFLICT\\\"": `"request":"refuse 5 66 6d"`,
	} {
		v := play(t, s, `{"calls":[{"route":"run",`+step+`}]}`)
		if len(v[0].Problems) != 1 || !strings.HasPrefix(v[0].Problems[0], want) {
			t.Errorf("%s: %q", step, v[0].Problems)
		}
	}
}

func TestTheSameCallsDoTheSame(t *testing.T) {
	s := probe(t)
	const script = `{"now_ms":5000,"state":{"probe":[{"key":"k","value":"hex:00"}]},"calls":[
		{"route":"run","user":"11111111-1111-4111-8111-111111111111","request":"now\nrandom 8\nidentity\nget 0 6b\nput 0 6b 01\nsubscribe 5:61"},
		{"route":"run","request":"now\nrandom 8","repeat":3}]}`
	first, second := play(t, s, script), play(t, s, script)
	for i := range first {
		if a, b := first[i].Report, second[i].Report; a.Reply.String() != b.Reply.String() || a.Fuel != b.Fuel {
			t.Errorf("call %d: %s, %d units; then %s, %d units", i+1, a.Reply, a.Fuel, b.Reply, b.Fuel)
		}
	}
	reply := strings.Split(first[0].Report.Reply.String(), "\n")
	if reply[0] != "5000 5" || !slices.ContainsFunc(reply, func(s string) bool { return strings.Contains(s, "11111111111141118111111111111111") }) {
		t.Errorf("%q", reply)
	}
	if last := first[1].Report.Reply.String(); !strings.HasPrefix(last, "8000 8\n") {
		t.Errorf("the last of the repeated calls: %q", last)
	}
}

func TestWhatEndsBadlySaysWhy(t *testing.T) {
	s := newHost(t, hosttest.Guest(t, "./guests/probe/main"))
	report := s.Call(t.Context(), tryout.Request{Route: 2000, Payload: []byte("panic")})
	if report.Status != "trapped" || report.Reason != "unreachable" || report.Detail == "" || !strings.Contains(report.Stderr, "panic") || report.Fuel == 0 {
		t.Errorf("%+v", report)
	}
}

func TestFuelIsCappedAsOnAServer(t *testing.T) {
	s := newHost(t, hosttest.Guest(t, "./guests/hostile"))
	report := s.Call(t.Context(), tryout.Request{Route: 990, Payload: []byte("loop")})
	if report.Status != "out_of_fuel" || report.Fuel < maxFuel || report.Fuel > maxFuel+1_000_000 {
		t.Errorf("%+v", report)
	}
}

func TestAScriptThatDoesNotFit(t *testing.T) {
	s := probe(t)
	for document, want := range map[string]string{
		`{"calls":[{"route":"walk"}]}`:                                       `no route "walk"`,
		`{"calls":[{"route":"9"}]}`:                                          `run (2000)`,
		`{"state":{"board":[{"key":"k"}]},"calls":[{"route":"run"}]}`:        `does not declare the data set "board"`,
		`{"state":{"board":[]},"calls":[{"name":"that one","route":"fly"}]}`: `that one: `,
	} {
		if _, err := s.Play(t.Context(), parse(t, document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", document, err, want)
		}
	}
}
