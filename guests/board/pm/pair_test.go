package pm_test

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The tests hold the lean messages to protobuf-go, which is right by definition. A pair is one message in both forms;
// the tables of pairs are generated.
type pair struct {
	name string
	lean func() message
	full func() proto.Message
}

type message interface {
	Append(dst []byte) []byte
	Parse(b []byte) error
}

var pairs = append(pmPairs[:len(pmPairs):len(pmPairs)], recordPairs...)

// TestMain makes property tests repeatable. Give -rapid.seed to look elsewhere.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// pairNamed returns the index of the pair named name.
func pairNamed(t testing.TB, name string) int {
	t.Helper()
	for i, p := range pairs {
		if p.name == name {
			return i
		}
	}
	t.Fatalf("no pair is named %s", name)
	return 0
}

// marshal returns protobuf-go's canonical encoding.
func marshal(t fataler, m proto.Message) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatalf("marshal %v: %v", m, err)
	}
	return b
}

// fataler is what testing.T and rapid.T have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// agree parses b in both forms and fails unless they give the same verdict and the same content. It returns the
// verdict. The lean parser gets its own copy of b and loses it afterwards, so views into it do not go unnoticed.
func agree(t fataler, p pair, b []byte) (accepted bool) {
	t.Helper()
	full, lean := p.full(), p.lean()
	fullErr := proto.Unmarshal(b, full)

	input := bytes.Clone(b)
	leanErr := lean.Parse(input)
	if !bytes.Equal(input, b) {
		t.Fatalf("%s: Parse changed its input %x to %x", p.name, b, input)
	}
	clear(input)

	if (fullErr == nil) != (leanErr == nil) {
		t.Fatalf("%s: on %x protobuf-go says %v, Parse says %v", p.name, b, fullErr, leanErr)
	}
	if fullErr != nil {
		return false
	}
	if want := mirror(p, full); !reflect.DeepEqual(lean, want) {
		t.Fatalf("%s: from %x\ngot  %+v\nwant %+v", p.name, b, lean, want)
	}
	if got, want := lean.Append(nil), marshal(t, full); !bytes.Equal(got, want) {
		t.Fatalf("%s: Append after Parse of %x\ngot  %x\nwant %x", p.name, b, got, want)
	}
	return true
}

// mirror copies full into a new lean message field by field, without any encoding.
func mirror(p pair, full proto.Message) message {
	lean := p.lean()
	fill(reflect.ValueOf(lean).Elem(), full.ProtoReflect())
	return lean
}

func fill(dst reflect.Value, src protoreflect.Message) {
	fields := src.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		to := dst.FieldByName(goName(fd.Name()))
		switch {
		case fd.IsList():
			for j := range src.Get(fd).List().Len() {
				elem := reflect.New(to.Type().Elem()).Elem()
				set(elem, src.Get(fd).List().Get(j))
				to.Set(reflect.Append(to, elem))
			}
		case fd.HasPresence() && !src.Has(fd):
			// stays nil
		default:
			set(to, src.Get(fd))
		}
	}
	if u := src.GetUnknown(); len(u) > 0 {
		dst.FieldByName("Unknown").SetBytes(bytes.Clone(u))
	}
}

func set(to reflect.Value, v protoreflect.Value) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	switch x := v.Interface().(type) {
	case protoreflect.Message:
		fill(to, x)
	case protoreflect.EnumNumber:
		to.SetInt(int64(x))
	case []byte:
		to.SetBytes(append([]byte(nil), x...))
	default:
		to.Set(reflect.ValueOf(x))
	}
}

// goName is the Go name of the schema's field name: snake_case without the underscores.
func goName(name protoreflect.Name) string {
	var s strings.Builder
	for part := range strings.SplitSeq(string(name), "_") {
		s.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return s.String()
}
