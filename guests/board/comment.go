package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A comment is a live comment on a live item.
type comment struct {
	row     pm.Comment
	id      uuid
	at      place // its owner is the item
	project uuid
}

// commentToChange returns the comment that a request names, for its author. No role is needed, and none helps.
func commentToChange(c *guest.Call, text string) (*comment, error) {
	id, err := parseID("comment_id", text)
	if err != nil {
		return nil, err
	}
	m := &comment{id: id}
	if m.at, err = comments.find(c, id, &m.row); err != nil {
		return nil, err
	}
	if m.row.CreatedBy != caller(c).String() {
		return nil, guest.Refuse(abi.CodeUnauthorized, "The comment is by another user")
	}
	it, err := findItem(c, m.at.owner)
	if err != nil {
		return nil, err
	}
	m.project = it.project
	return m, nil
}

// cleanContent returns what is stored of a comment's content.
func cleanContent(c *guest.Call, s string) (string, error) {
	return cleanText(c, "content", s, maxComment, true)
}
