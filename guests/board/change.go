package board

import (
	"strconv"

	"workcell/guests/board/pm"
)

// changes is the list of fields in which two states of an entity differ, as clients get it. Each entity builds its own,
// in a fixed order of fields.
type changes []*pm.FieldChange

// compare adds a field if its values differ; nil is no value.
//
//go:noinline
func (l *changes) compare(field string, before, after *string) {
	if before == nil && after == nil || before != nil && after != nil && *before == *after {
		return
	}
	*l = append(*l, &pm.FieldChange{FieldName: field, OldValue: before, NewValue: after})
}

// compareText adds a field whose values are always told, an absent one as an empty text.
//
//go:noinline
func (l *changes) compareText(field, before, after string) {
	l.compare(field, &before, &after)
}

// number returns n as decimal text, nil for none.
func number(n *int32) *string {
	if n == nil {
		return nil
	}
	return new(strconv.Itoa(int(*n)))
}

// orEmpty returns the text s points to, or an empty text.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
