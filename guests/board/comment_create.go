package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// createComment adds a comment to an item.
func createComment(c *guest.Call) error {
	var req pm.CreateCommentRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	content, err := cleanContent(c, req.Content)
	if err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, editor)
	if err != nil {
		return err
	}

	id, now, user := newUUID(c), c.Now(), caller(c).String()
	row := &pm.Comment{
		Id: id.String(), WorkItemId: it.row.Id, Content: content,
		CreatedAt: now, UpdatedAt: now, CreatedBy: user, UpdatedBy: user,
	}
	if _, err := comments.add(c, it.id, id, row); err != nil {
		return err
	}
	scope := projectScope(it.project)
	if err := addActivity(c, comments.subject(id), actionCreated, nil, scope); err != nil {
		return err
	}
	publish(c, eventCommentCreated, &pm.CommentCreated{Comment: row, UserId: user}, scope)
	return nil
}
