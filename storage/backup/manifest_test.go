package backup

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"workcell/storage"
)

func example() Manifest {
	return Manifest{
		Format: FormatVersion, Version: "1.2.3", StoreFormat: 1, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Sequence: 42,
		Files: []File{{"config.toml", 7, strings.Repeat("ab", 32)}, {"store/FORMAT", 17, strings.Repeat("cd", 32)}},
	}
}

func TestTheManifestIsReadableText(t *testing.T) {
	const want = `{
  "format": 2,
  "version": "1.2.3",
  "store_format": 1,
  "created": "2026-01-02T03:04:05Z",
  "sequence": 42,
  "files": [
    {
      "name": "config.toml",
      "bytes": 7,
      "sha256": "abababababababababababababababababababababababababababababababab"
    },
    {
      "name": "store/FORMAT",
      "bytes": 17,
      "sha256": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
    }
  ],
  "digest": "`
	if got := string(example().encode()); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestAManifestIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := Manifest{
			Format: FormatVersion, Version: rapid.String().Draw(rt, "version"), StoreFormat: rapid.Int().Draw(rt, "store format"),
			Created:  time.Unix(rapid.Int64Range(0, 1<<33).Draw(rt, "created"), 0).UTC(),
			Sequence: storage.Sequence(rapid.Uint64().Draw(rt, "sequence")),
		}
		for _, name := range []string{"config.toml", "modules/" + oneModule, "store/000001.sst"}[rapid.IntRange(0, 3).Draw(rt, "from"):] {
			m.Files = append(m.Files, File{name, rapid.Int64Min(0).Draw(rt, "bytes"), rapid.StringMatching("[0-9a-f]{64}").Draw(rt, "digest")})
		}
		text := m.encode()
		got, err := parseManifest(text)
		if m.Digest = got.Digest; err != nil || !reflect.DeepEqual(got, m) {
			rt.Fatalf("%+v, %v", got, err)
		}
		// Any byte that changes is noticed.
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		text[at] ^= byte(1 << rapid.IntRange(0, 7).Draw(rt, "bit"))
		if _, err := parseManifest(text); err == nil {
			rt.Fatalf("a change at %d was not noticed:\n%s", at, text)
		}
	})
}

func TestManifestsThatAreRefused(t *testing.T) {
	with := func(change func(*Manifest)) []byte {
		m := example()
		change(&m)
		return m.encode()
	}
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"nothing":              {nil, "not a manifest"},
		"something else":       {[]byte("[]"), "not a manifest"},
		"another JSON object":  {[]byte("{}\n"), "changed"},
		"an extra member":      {bytes.Replace(example().encode(), []byte(`"files"`), []byte(`"more": 1, "files"`), 1), "changed"},
		"a new sequence":       {bytes.Replace(example().encode(), []byte(`42`), []byte(`41`), 1), "changed"},
		"something behind it":  {append(example().encode(), '\n'), "changed"},
		"a newer format":       {with(func(m *Manifest) { m.Format++ }), "newer version"},
		"a format below 1":     {with(func(m *Manifest) { m.Format = 0 }), "changed"},
		"a file outside":       {with(func(m *Manifest) { m.Files[0].Name = "store/../config.toml" }), `"store/../config.toml"`},
		"a file below":         {with(func(m *Manifest) { m.Files[0].Name = "store/a/b" }), `"store/a/b"`},
		"another directory":    {with(func(m *Manifest) { m.Files[0].Name = "cache/b" }), `"cache/b"`},
		"another file":         {with(func(m *Manifest) { m.Files[0].Name = "server.json" }), `"server.json"`},
		"a module by name":     {with(func(m *Manifest) { m.Files[0].Name = "modules/board.wasm" }), `"modules/board.wasm"`},
		"a format 1 outside":   {with(func(m *Manifest) { m.Format, m.Files[0].Name = 1, "../config.toml" }), `"store/../config.toml"`},
		"a directory":          {with(func(m *Manifest) { m.Files[0].Name = "." }), `"."`},
		"a file without name":  {with(func(m *Manifest) { m.Files[0].Name = "" }), `""`},
		"a file listed twice":  {with(func(m *Manifest) { m.Files[1].Name = m.Files[0].Name }), `"config.toml"`},
		"a file of size minus": {with(func(m *Manifest) { m.Files[0].Bytes = -1 }), `"config.toml"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseManifest(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := parseManifest([]byte(`{"format": 9}`)); !errors.Is(err, errNewer) {
		t.Errorf("a newer manifest with unknown members: %v", err)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add(example().encode())
	f.Add([]byte(`{"format": 9}`))
	old := example()
	old.Format, old.Files[0].Name, old.Files[1].Name = storeOnly, "000004.sst", "FORMAT"
	f.Add(old.encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if m.Format == storeOnly {
			for i := range m.Files {
				m.Files[i].Name = strings.TrimPrefix(m.Files[i].Name, "store/")
			}
		}
		if err == nil && !bytes.Equal(m.encode(), text) {
			t.Errorf("%q was accepted and is not what would be written", text)
		}
	})
}
