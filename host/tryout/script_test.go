package tryout_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/host/tryout"
)

func TestTextsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := tryout.Text(rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).Draw(t, "bytes"))
		document, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got tryout.Text
		if err := json.Unmarshal(document, &got); err != nil || string(got) != string(want) {
			t.Fatalf("%x came back as %x, %v, by %s", want, got, err, document)
		}
	})
}

func TestTextsAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"a note": "a note", "Zaun — grün\n": "Zaun — grün\n", "": "", "\x00\x01": "hex:0001", "\xff": "hex:ff", "hex:": "hex:6865783a", "\x1b[31m": "hex:1b5b33316d",
	} {
		if got := tryout.Text(text).String(); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	var none tryout.Text
	if err := none.UnmarshalText([]byte("hex:0g")); err == nil {
		t.Error("digits that are none are taken")
	}
}

func TestScriptsThatAreNone(t *testing.T) {
	for document, want := range map[string]string{
		``:                             "EOF",
		`[]`:                           "cannot unmarshal",
		`{}`:                           "no calls",
		`{"calls":[{"rout":"run"}]}`:   `unknown field "rout"`,
		`{"calls":[{"route":"r"}]} {}`: "something follows",
		`{"calls":[{"route":"r","repeat":100001}]}`:        "must be 0 to 100000",
		`{"calls":[{"route":"r","repeat":-1}]}`:            "must be 0 to 100000",
		`{"calls":[{"route":"r","user":"ann"}]}`:           `"ann" is no UUID`,
		`{"calls":[{"route":"r","request":"hex:1"}]}`:      "hexadecimal",
		strings.Repeat(" ", tryout.MaxScriptBytes) + `{}x`: "longer than",
	} {
		if _, err := tryout.ParseScript([]byte(document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", document, err, want)
		}
	}
}

func TestBodiesMayBeJSON(t *testing.T) {
	s := newHost(t, example(t, "c", "handler.wasm"))
	v := play(t, s, `{"calls":[
		{"route":"standup/add","request":{"who": "Ann", "what": [1, 2]},"events":[{"scopes":["topic:standup"],"route":1002,"payload":"{\"who\":\"Ann\",\"what\":[1,2]}"}]},
		{"route":"standup/watch","reply":{"what":[1,2],"who":"Ann"}},
		{"route":"standup/watch","reply":{"what":[1,3],"who":"Ann"}},
		{"route":"standup/watch","reply":"no JSON"}]}`)
	for i, problems := range []int{0, 0, 1, 1} {
		if len(v[i].Problems) != problems {
			t.Errorf("call %d: %v", i+1, v[i].Problems)
		}
	}
}

func FuzzParseScript(f *testing.F) {
	f.Add([]byte(`{"now_ms":1,"state":{"s":[{"key":"k","value":"hex:00"}]},"calls":[{"route":"r","request":{"a":1},"refusal":{"code":"C"},"writes":[]}]}`))
	f.Add([]byte(`{"calls":[{"route":"r","request":"hex:00","reply":null}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := tryout.ParseScript(document)
		if err != nil {
			return
		}
		if len(s.Calls) == 0 {
			t.Fatal("a script without calls")
		}
		for _, step := range s.Calls {
			if step.Name == "" || step.Repeat < 0 || step.Repeat > tryout.MaxRepeat {
				t.Fatalf("%+v", step)
			}
		}
	})
}
