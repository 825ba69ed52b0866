package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// names are what is known of the ids, keys and times that a test cannot write down beforehand.
type names struct {
	texts    map[string]string
	times    map[int64]string
	from, to int64 // a time between them is NOW
}

// show writes a message on one line: its fields in the order of their numbers, those that are not set left out. Ids and
// times appear by their names; an id that has none is NEW, and a duration within the test BRIEF.
func (n *names) show(m proto.Message) string {
	var b strings.Builder
	n.message(&b, m.ProtoReflect())
	return b.String()
}

func (n *names) message(b *strings.Builder, m protoreflect.Message) {
	var fields []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, f)
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(f.Name()))
		b.WriteByte(':')
		if !f.IsList() {
			n.value(b, f, m.Get(f))
			continue
		}
		b.WriteByte('[')
		for j, list := 0, m.Get(f).List(); j < list.Len(); j++ {
			if j > 0 {
				b.WriteByte(' ')
			}
			n.value(b, f, list.Get(j))
		}
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

func (n *names) value(b *strings.Builder, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch {
	case f.Name() == "duration_seconds" && v.Int() <= n.to-n.from:
		b.WriteString("BRIEF")
	case f.Kind() == protoreflect.MessageKind:
		n.message(b, v.Message())
	case f.Kind() == protoreflect.StringKind:
		b.WriteString(n.text(v.String()))
	case f.Kind() == protoreflect.Int64Kind:
		b.WriteString(n.time(v.Int()))
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func (n *names) text(s string) string {
	if name, known := n.texts[s]; known {
		return name
	}
	if at, err := time.Parse("2006-01-02T15:04:05+00:00", s); err == nil {
		return n.time(at.Unix())
	}
	if _, err := uuid.Parse(s); err != nil || len(s) != 36 || strings.ToLower(s) != s {
		return fmt.Sprintf("%q", s)
	}
	n.texts[s] = "NEW"
	return "NEW"
}

func (n *names) time(at int64) string {
	if name, known := n.times[at]; known {
		return name
	}
	if n.from <= at && at <= n.to {
		return "NOW"
	}
	return fmt.Sprint(at)
}
