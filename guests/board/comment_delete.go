package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteComment removes a comment from sight.
func deleteComment(c *guest.Call) error {
	var req pm.DeleteCommentRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	m, err := commentToChange(c, req.CommentId)
	if err != nil {
		return err
	}

	m.row.DeletedAt = new(c.Now())
	comments.remove(c, m.at, &m.row)
	if err := addActivity(c, comments.subject(m.id), actionDeleted, nil, projectScope(m.project)); err != nil {
		return err
	}
	publish(c, eventCommentDeleted, &pm.CommentDeleted{CommentId: m.row.Id, UserId: caller(c).String()}, projectScope(m.project))
	return nil
}
