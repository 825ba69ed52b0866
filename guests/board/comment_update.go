package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// updateComment replaces the content of a comment. It counts as a change even if the content is the same.
func updateComment(c *guest.Call) error {
	var req pm.UpdateCommentRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	content, err := cleanContent(c, req.Content)
	if err != nil {
		return err
	}
	m, err := commentToChange(c, req.CommentId)
	if err != nil {
		return err
	}

	user := caller(c).String()
	m.row.Content, m.row.UpdatedAt, m.row.UpdatedBy = content, c.Now(), user
	comments.replace(c, m.at, &m.row)
	if err := addActivity(c, comments.subject(m.id), actionUpdated, nil, projectScope(m.project)); err != nil {
		return err
	}
	publish(c, eventCommentUpdated, &pm.CommentUpdated{Comment: &m.row, UserId: user}, projectScope(m.project))
	return nil
}
