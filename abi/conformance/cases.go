package conformance

import (
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"workcell/abi"
)

//go:embed testdata
var testdata embed.FS

// testCase is one case of a file. The lines of a case are, each as often as needed:
//
//	== name                        begins a case; its name is a sentence
//	sandbox                        a stub need not pass it
//	route NAME                     default run
//	identity MODE USER CONNECTION V...
//	setting KEY TEXT
//	time MS
//	seed N
//	hold S     hold-many N         subscriptions of the connection; topics topic-0 to topic-(N-1)
//	store SET V V                  a pair, in key order
//	store-many SET N V             N pairs with the keys 00000000, 00000001 ...
//	do STEP                        a line of the script
//	request V                      or the request as bytes
//
// and what must come of it, in this order: "trapped", or "refused CODE V V", or the reply, "reply LINE" each; "event
// ROUTE V S...", "revoked S USER", "held S" or "holds N", "log V", "stored SET V V" or "emptied SET". Data and
// subscriptions that must stay as they are are not mentioned.
type testCase struct {
	name, place string
	sandbox     bool
	call        Call
	want        []string
}

// Cases returns the cases of all files.
func Cases(t *testing.T) []*testCase {
	t.Helper()
	files, err := fs.Glob(testdata, "testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("cases %v: %v", files, err)
	}
	var cases []*testCase
	for _, file := range files {
		text, err := testdata.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			place := fmt.Sprintf("%s:%d", file, i+1)
			if name, ok := strings.CutPrefix(line, "== "); ok {
				cases = append(cases, &testCase{name: name, place: place, call: Call{Route: 2000}})
				continue
			}
			if line == "" || line[0] == '#' {
				continue
			}
			if err := cases[len(cases)-1].read(line); err != nil {
				t.Fatalf("%s: %v", place, err)
			}
		}
	}
	return cases
}

// read takes one line of a case.
func (c *testCase) read(line string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed line %q: %v", line, p)
		}
	}()
	a := strings.Split(line, " ")
	switch a[0] {
	case "sandbox":
		c.sandbox = true
	case "route":
		c.call.Route = 2000 + uint32(slices.Index([]string{"run", "look", "echo", "pieces", "raw"}, a[1]))
	case "identity":
		c.call.Identity = abi.Identity{Mode: abi.AuthMode(atoi(a[1])), User: [16]byte(unhex(a[2])), Connection: [16]byte(unhex(a[3]))}
		for _, role := range a[4:] {
			c.call.Identity.Roles = append(c.call.Identity.Roles, string(word(role)))
		}
	case "setting":
		if c.call.Settings == nil {
			c.call.Settings = map[string]string{}
		}
		c.call.Settings[a[1]] = strings.Join(a[2:], " ")
	case "time":
		c.call.TimeMS = int64(atoi(a[1]))
	case "seed":
		c.call.Seed = uint64(atoi(a[1]))
	case "hold":
		kind, id, _ := strings.Cut(a[1], ":")
		c.call.Held = append(c.call.Held, abi.Scope{Kind: abi.ScopeKind(atoi(kind)), ID: string(word(id))})
	case "hold-many":
		for i := range atoi(a[1]) {
			c.call.Held = append(c.call.Held, abi.Scope{Kind: abi.ScopeTopic, ID: "topic-" + strconv.Itoa(i)})
		}
	case "store":
		c.store(atoi(a[1]), word(a[2]), word(a[3]))
	case "store-many":
		for i := range atoi(a[2]) {
			c.store(atoi(a[1]), fmt.Appendf(nil, "%08d", i), word(a[3]))
		}
	case "do":
		if len(c.call.Request) > 0 {
			c.call.Request = append(c.call.Request, '\n')
		}
		c.call.Request = append(c.call.Request, strings.TrimPrefix(line, "do ")...)
	case "request":
		c.call.Request = word(a[1])
	case "trapped", "refused", "reply", "event", "revoked", "held", "holds", "log", "stored", "emptied":
		c.want = append(c.want, line)
	default:
		return fmt.Errorf("unknown word %q", a[0])
	}
	return nil
}

func (c *testCase) store(set int, key, value []byte) {
	c.call.Data[set] = append(c.call.Data[set], Pair{key, value})
}

func atoi(w string) int {
	n, err := strconv.Atoi(w)
	if err != nil {
		panic(err)
	}
	return n
}

func word(w string) []byte {
	b, err := ParseWord(w)
	if err != nil {
		panic(err)
	}
	return b
}

func unhex(w string) []byte {
	b, err := hex.DecodeString(w)
	if err != nil {
		panic(err)
	}
	return b
}
