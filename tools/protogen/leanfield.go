package main

import (
	"fmt"
	"sort"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A leanField says how one field looks in Go and which helpers of the package's wire.go write and read it.
type leanField struct {
	name     string
	number   protoreflect.FieldNumber
	comments protogen.CommentSet
	goType   string // as the struct declares it
	wireType string // the constant that names the wire type

	// How Append writes it: a helper called with the whole field or, for messages, with each element.
	write string
	// How Parse reads it: an expression for the field's new value, which with mayFail also yields an error.
	read    string
	mayFail bool

	element  string // the Go type of an embedded message, else empty
	repeated bool
}

// leanFields returns the fields of m by ascending number, the order of a canonical encoding.
func leanFields(m *protogen.Message) ([]leanField, error) {
	fields := make([]leanField, 0, len(m.Fields))
	for _, f := range m.Fields {
		lf, err := newLeanField(f)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Desc.Name(), err)
		}
		fields = append(fields, lf)
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].number < fields[j].number })
	return fields, nil
}

// newLeanField refuses what the schemas do not use, so that wire.go holds no code that nothing exercises.
func newLeanField(f *protogen.Field) (leanField, error) {
	lf := leanField{
		name:     f.GoName,
		number:   f.Desc.Number(),
		comments: f.Comments,
		repeated: f.Desc.IsList(),
	}
	optional := f.Desc.HasOptionalKeyword()
	kind := f.Desc.Kind()
	label := ""
	if lf.repeated {
		label = "repeated "
	} else if optional {
		label = "optional "
	}
	unsupported := fmt.Errorf("the lean form knows no %s%s", label, kind)
	if f.Desc.IsMap() {
		return lf, fmt.Errorf("the lean form knows no maps")
	}

	switch kind {
	case protoreflect.MessageKind:
		lf.element = f.Message.GoIdent.GoName
		lf.goType, lf.wireType, lf.write = "*"+lf.element, "lengthType", "appendMessage"
		if lf.repeated {
			lf.goType = "[]" + lf.goType
		}
		return lf, nil

	case protoreflect.StringKind:
		lf.goType, lf.wireType, lf.mayFail = "string", "lengthType", true
		lf.write, lf.read = "appendString", "f.text()"
		switch {
		case lf.repeated:
			lf.goType, lf.write, lf.read = "[]string", "appendStrings", "f.moreText(m."+lf.name+")"
		case optional:
			lf.goType, lf.write, lf.read = "*string", "appendOptionalString", "f.optionalText()"
		}
		return lf, nil

	case protoreflect.BytesKind:
		if lf.repeated || optional {
			return lf, unsupported
		}
		lf.goType, lf.wireType = "[]byte", "lengthType"
		lf.write, lf.read = "appendBytes", "f.copied()"
		return lf, nil
	}

	lf.wireType = "varintType"
	lf.write = "appendInt"
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		lf.goType = kind.String()
		lf.read = lf.goType + "(f.varint)"
	case protoreflect.EnumKind:
		lf.goType = f.Enum.GoIdent.GoName
		lf.read = lf.goType + "(f.varint)"
	case protoreflect.BoolKind:
		lf.goType = "bool"
		lf.write, lf.read = "appendBool", "f.varint != 0"
	default:
		return lf, unsupported
	}
	switch {
	case lf.repeated:
		return lf, unsupported
	case optional && kind == protoreflect.BoolKind:
		return lf, unsupported
	case optional:
		lf.goType, lf.write, lf.read = "*"+lf.goType, "appendOptionalInt", "new("+lf.read+")"
	}
	return lf, nil
}

func (lf leanField) genAppend(g *protogen.GeneratedFile) {
	switch {
	case lf.element == "":
		g.P("dst = ", lf.write, "(dst, ", lf.number, ", m.", lf.name, ")")
	case lf.repeated:
		g.P("for _, e := range m.", lf.name, " {")
		g.P("dst = ", lf.write, "(dst, ", lf.number, ", e)")
		g.P("}")
	default:
		g.P("if m.", lf.name, " != nil {")
		g.P("dst = ", lf.write, "(dst, ", lf.number, ", m.", lf.name, ")")
		g.P("}")
	}
}

func (lf leanField) genParse(g *protogen.GeneratedFile) {
	switch {
	case lf.element != "" && lf.repeated:
		g.P("e := new(", lf.element, ")")
		g.P("err = e.Parse(f.bytes)")
		g.P("m.", lf.name, " = append(m.", lf.name, ", e)")
	case lf.element != "":
		g.P("if m.", lf.name, " == nil {")
		g.P("m.", lf.name, " = new(", lf.element, ")")
		g.P("}")
		g.P("err = m.", lf.name, ".Parse(f.bytes)")
	case lf.mayFail:
		g.P("m.", lf.name, ", err = ", lf.read)
	default:
		g.P("m.", lf.name, " = ", lf.read)
	}
}
