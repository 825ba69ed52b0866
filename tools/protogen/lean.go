package main

import (
	"fmt"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// generateLean writes plain structs with Append and Parse methods, on top of the package's wire.go. Messages with a
// real oneof are left out: the only one is the envelope, which guests never see.
func generateLean(gen *protogen.Plugin, file *protogen.File) error {
	g := gen.NewGeneratedFile(file.GeneratedFilenamePrefix+".gen.go", file.GoImportPath)
	header(g, file)
	g.P("package ", file.GoPackageName)

	for _, e := range file.Enums {
		leanEnum(g, e)
	}
	for _, m := range file.Messages {
		if hasOneof(m) {
			continue
		}
		if err := leanMessage(g, m); err != nil {
			return fmt.Errorf("message %s: %w", m.Desc.FullName(), err)
		}
	}
	return nil
}

// hasOneof reports whether m has a oneof that the schema spells out. A proto3 optional field is not one.
func hasOneof(m *protogen.Message) bool {
	for _, o := range m.Oneofs {
		if !o.Desc.IsSynthetic() {
			return true
		}
	}
	return false
}

func leanEnum(g *protogen.GeneratedFile, e *protogen.Enum) {
	name := e.GoIdent.GoName
	doc(g, name, "is the enum "+string(e.Desc.FullName())+"; other numbers may occur.", e.Comments)
	g.P("type ", name, " int32")
	g.P()
	g.P("// The named values of ", name, ".")
	g.P("const (")
	for _, v := range e.Values {
		g.P(v.Comments.Leading, v.GoIdent.GoName, " ", name, " = ", v.Desc.Number(), trailing(v.Comments))
	}
	g.P(")")
}

func leanMessage(g *protogen.GeneratedFile, m *protogen.Message) error {
	if len(m.Messages) > 0 || len(m.Enums) > 0 {
		return fmt.Errorf("declares nested types, which the lean form does not know")
	}
	if contains(m, m.Desc.FullName()) {
		return fmt.Errorf("contains itself, so a parser's depth would be the sender's choice")
	}
	fields, err := leanFields(m)
	if err != nil {
		return err
	}
	name := m.GoIdent.GoName

	doc(g, name, "is the message "+string(m.Desc.FullName())+".", m.Comments)
	g.P("type ", name, " struct {")
	for _, f := range fields {
		g.P(f.comments.Leading, f.name, " ", f.goType, trailing(f.comments))
	}
	if len(fields) > 0 {
		g.P()
	}
	g.P("Unknown []byte // fields this version does not know, tags included; written back last")
	g.P("}")

	g.P()
	g.P("// Append appends m's encoding to dst. A nil m is empty.")
	g.P("func (m *", name, ") Append(dst []byte) []byte {")
	g.P("if m == nil {")
	g.P("return dst")
	g.P("}")
	for _, f := range fields {
		f.genAppend(g)
	}
	g.P("return append(dst, m.Unknown...)")
	g.P("}")

	g.P()
	g.P("// Parse merges the encoding b into m, copying what it keeps. After ErrMalformed m is partly filled.")
	g.P("func (m *", name, ") Parse(b []byte) error {")
	g.P("for len(b) > 0 {")
	g.P("f, rest, err := next(b)")
	g.P("if err != nil {")
	g.P("return err")
	g.P("}")
	g.P("switch f.key {")
	for _, f := range fields {
		g.P("case ", f.number, " << 3 | ", f.wireType, ":")
		f.genParse(g)
	}
	g.P("default:")
	g.P("m.Unknown = f.appendTo(m.Unknown)")
	g.P("}")
	g.P("if err != nil {")
	g.P("return err")
	g.P("}")
	g.P("b = rest")
	g.P("}")
	g.P("return nil")
	g.P("}")
	return nil
}

// contains reports whether a message named name can occur inside m, at any depth.
func contains(m *protogen.Message, name protoreflect.FullName) bool {
	return reaches(m.Desc, name, map[protoreflect.FullName]bool{})
}

func reaches(m protoreflect.MessageDescriptor, name protoreflect.FullName, seen map[protoreflect.FullName]bool) bool {
	for i := range m.Fields().Len() {
		sub := m.Fields().Get(i).Message()
		if sub == nil || seen[sub.FullName()] {
			continue
		}
		seen[sub.FullName()] = true
		if sub.FullName() == name || reaches(sub, name, seen) {
			return true
		}
	}
	return false
}

// doc writes a declaration's comment: a sentence of ours, then the schema's.
func doc(g *protogen.GeneratedFile, name, sentence string, c protogen.CommentSet) {
	g.P()
	g.P("// ", name, " ", sentence)
	if c.Leading != "" {
		g.P("//")
		g.P(c.Leading, "//")
	}
}

// trailing returns the comment behind a field or value, without the newline that would push it below.
func trailing(c protogen.CommentSet) string {
	s := c.Trailing.String()
	if s == "" {
		return ""
	}
	return " " + s[:len(s)-1]
}
