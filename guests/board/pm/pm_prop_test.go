package pm_test

import (
	"bytes"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"
)

// draw fills m with random values, embedded messages included, and now and then gives it unknown fields.
func draw(t *rapid.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		name := string(fd.Name())
		if !rapid.Bool().Draw(t, "has "+name) {
			continue
		}
		if !fd.IsList() {
			m.Set(fd, drawValue(t, fd, m.NewField(fd)))
			continue
		}
		list := m.NewField(fd).List()
		for range rapid.IntRange(0, 3).Draw(t, "len "+name) {
			list.Append(drawValue(t, fd, list.NewElement()))
		}
		m.Set(fd, protoreflect.ValueOfList(list))
	}
	if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
		m.SetUnknown(drawUnknown(t, fields))
	}
}

func drawValue(t *rapid.T, fd protoreflect.FieldDescriptor, zero protoreflect.Value) protoreflect.Value {
	name := string(fd.Name())
	switch fd.Kind() {
	case protoreflect.MessageKind:
		draw(t, zero.Message())
		return zero
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, name))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, name))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, name))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, name))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, name))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32().Draw(t, name)))
	}
	t.Fatalf("no values for kind %s of field %s", fd.Kind(), name)
	return zero
}

// drawUnknown returns a few encoded fields that a message with the given fields does not know: numbers of later
// versions, and numbers it does know under a wire type that does not fit.
func drawUnknown(t *rapid.T, fields protoreflect.FieldDescriptors) []byte {
	var b []byte
	for range rapid.IntRange(1, 3).Draw(t, "unknown fields") {
		num := protowire.Number(rapid.IntRange(2000, int(protowire.MaxValidNumber)).Draw(t, "unknown number"))
		if fields.Len() > 0 && rapid.Bool().Draw(t, "misfit") {
			num = fields.Get(rapid.IntRange(0, fields.Len()-1).Draw(t, "misfit number")).Number()
			b = protowire.AppendTag(b, num, protowire.Fixed32Type)
			b = protowire.AppendFixed32(b, rapid.Uint32().Draw(t, "fixed32"))
			continue
		}
		switch rapid.IntRange(0, 3).Draw(t, "unknown type") {
		case 0:
			b = protowire.AppendTag(b, num, protowire.VarintType)
			b = protowire.AppendVarint(b, rapid.Uint64().Draw(t, "varint"))
		case 1:
			b = protowire.AppendTag(b, num, protowire.Fixed64Type)
			b = protowire.AppendFixed64(b, rapid.Uint64().Draw(t, "fixed64"))
		case 2:
			b = protowire.AppendTag(b, num, protowire.BytesType)
			b = protowire.AppendBytes(b, rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "bytes"))
		case 3:
			b = protowire.AppendTag(b, num, protowire.StartGroupType)
			b = protowire.AppendTag(b, 1, protowire.VarintType)
			b = protowire.AppendVarint(b, rapid.Uint64().Draw(t, "grouped"))
			b = protowire.AppendTag(b, num, protowire.EndGroupType)
		}
	}
	return b
}

func drawFull(t *rapid.T, p pair) proto.Message {
	full := p.full()
	draw(t, full.ProtoReflect())
	return full
}

// everyPair runs a property on each message type.
func everyPair(t *testing.T, property func(*rapid.T, pair)) {
	for _, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, p) })
		})
	}
}

func TestAppendWritesWhatProtobufWrites(t *testing.T) {
	everyPair(t, func(t *rapid.T, p pair) {
		full := drawFull(t, p)
		want := marshal(t, full)
		lean := mirror(p, full)

		if got := lean.Append(nil); !bytes.Equal(got, want) {
			t.Fatalf("%+v\ngot  %x\nwant %x", lean, got, want)
		}
		prefix := rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "dst")
		if got := lean.Append(bytes.Clone(prefix)); !bytes.Equal(got, append(prefix, want...)) {
			t.Fatalf("%+v\nappended to %x gives %x", lean, prefix, got)
		}
	})
}

func TestParseReadsWhatProtobufWrites(t *testing.T) {
	everyPair(t, func(t *rapid.T, p pair) {
		if b := marshal(t, drawFull(t, p)); !agree(t, p, b) {
			t.Fatalf("both refuse %x", b)
		}
	})
}

// An encoding may be the concatenation of several, and Parse may be called again on what it filled: both merge.
func TestParseMerges(t *testing.T) {
	everyPair(t, func(t *rapid.T, p pair) {
		first, second := marshal(t, drawFull(t, p)), marshal(t, drawFull(t, p))
		both := append(bytes.Clone(first), second...)
		if !agree(t, p, both) {
			t.Fatalf("both refuse %x", both)
		}

		once, twice := p.lean(), p.lean()
		for _, step := range []struct {
			into message
			b    []byte
		}{{once, both}, {twice, first}, {twice, second}} {
			if err := step.into.Parse(step.b); err != nil {
				t.Fatalf("parse %x: %v", step.b, err)
			}
		}
		if !reflect.DeepEqual(once, twice) {
			t.Fatalf("in one go %+v\nin two    %+v", once, twice)
		}
	})
}

// Damage need not make an encoding malformed, so what counts is the same verdict and the same content.
func TestParseAgreesOnDamagedMessages(t *testing.T) {
	everyPair(t, func(t *rapid.T, p pair) {
		b := marshal(t, drawFull(t, p))
		for range rapid.IntRange(1, 3).Draw(t, "wounds") {
			if len(b) == 0 {
				break
			}
			at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				b[at] = rapid.Byte().Draw(t, "byte")
			case 1:
				b = b[:at]
			case 2:
				b = append(b[:at], b[at+1:]...)
			}
		}
		agree(t, p, b)
	})
}
