package board

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	ref "github.com/google/uuid"

	"workcell/guests/guest"
)

func TestParseUUID(t *testing.T) {
	const want = "01234567-89ab-4cde-8f01-23456789abcd"
	for name, s := range map[string]string{
		"with hyphens":             want,
		"in upper case":            "01234567-89AB-4CDE-8F01-23456789ABCD",
		"in mixed case":            "01234567-89aB-4cDe-8f01-23456789AbCd",
		"digits only":              "0123456789ab4cde8f0123456789abcd",
		"in braces":                "{01234567-89ab-4cde-8f01-23456789abcd}",
		"as a urn":                 "urn:uuid:01234567-89ab-4cde-8f01-23456789abcd",
		"as a urn in upper case":   "URN:UUID:01234567-89AB-4CDE-8F01-23456789ABCD",
		"with the prefix in mixed": "Urn:Uuid:01234567-89ab-4cde-8f01-23456789abcd",
	} {
		t.Run(name, func(t *testing.T) {
			if id, ok := parseUUID(s); !ok || id.String() != want {
				t.Fatalf("parseUUID(%q) = %v, %v", s, id, ok)
			}
		})
	}
	for name, s := range map[string]string{
		"nothing":                        "",
		"a word":                         "p1",
		"a digit too few":                want[1:],
		"a digit too many":               want + "0",
		"a letter that is no digit":      "g1234567-89ab-4cde-8f01-23456789abcd",
		"a hyphen in the wrong place":    "0123456-789ab-4cde-8f01-23456789abcd",
		"something else for a hyphen":    "01234567_89ab-4cde-8f01-23456789abcd",
		"brackets":                       "[01234567-89ab-4cde-8f01-23456789abcd]",
		"braces around digits only":      "{0123456789ab4cde8f0123456789abcd}",
		"an open brace":                  "{01234567-89ab-4cde-8f01-23456789abcd",
		"another urn":                    "urn:guid:01234567-89ab-4cde-8f01-23456789abcd",
		"white space around":             " " + want + " ",
		"a urn with something behind it": "urn:uuid:01234567-89ab-4cde-8f01-23456789abc!",
		"36 bytes of other script":       strings.Repeat("é", 18),
	} {
		t.Run(name, func(t *testing.T) {
			if id, ok := parseUUID(s); ok {
				t.Fatalf("parseUUID(%q) = %v", s, id)
			}
		})
	}
}

func TestUUIDTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := uuid(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		if id.String() != ref.UUID(id).String() {
			t.Fatalf("text is %s, want %s", id, ref.UUID(id))
		}
		if back, ok := parseUUID(id.String()); !ok || back != id {
			t.Fatalf("%s reads back as %s, %v", id, back, ok)
		}
	})
}

func TestNewUUIDIsRandomVersion4(t *testing.T) {
	w := newWorld(t)
	w.raw(func(c *guest.Call) {
		a, b := ref.UUID(newUUID(c)), ref.UUID(newUUID(c))
		if a == b || a.Version() != 4 || a.Variant() != ref.RFC4122 {
			t.Errorf("drew %v and %v", a, b)
		}
	})
}

func FuzzParseUUID(f *testing.F) {
	for _, s := range []string{"", "p1", unknownID, "{" + unknownID + "}", "urn:uuid:" + unknownID, strings.ReplaceAll(unknownID, "-", "")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := parseUUID(s)
		want, err := ref.Parse(s)
		bracketed := len(s) == 38 && (s[0] != '{' || s[37] != '}') // the reference takes any two bytes for braces
		if ok != (err == nil && !bracketed) || ok && ref.UUID(id) != want {
			t.Fatalf("parseUUID(%q) = %v, %v; want %v, %v", s, id, ok, want, err)
		}
	})
}
