package board

import (
	"strings"
	"unicode/utf8"

	"workcell/guests/board/pm"
)

func modelContent(s string) string {
	if n := utf8.RuneCountInString(strings.TrimSpace(s)); n == 0 || n > 5000 {
		return "INVALID_MESSAGE content"
	}
	return ""
}

// itemFor says what is wrong with an item that a request names.
func (m *model) itemFor(text string, level int) (*pm.WorkItem, string) {
	id := canonical(text)
	it := m.liveItem(id)
	switch {
	case id == "":
		return nil, "VALIDATION_ERROR work_item_id"
	case it == nil:
		return nil, "NOT_FOUND"
	case m.level(it.ProjectId) < level:
		return nil, "UNAUTHORIZED"
	}
	return it, ""
}

func (m *model) createComment(req *pm.CreateCommentRequest) (*pm.CommentCreated, string) {
	if refusal := modelContent(req.Content); refusal != "" {
		return nil, refusal
	}
	it, refusal := m.itemFor(req.WorkItemId, 2)
	if refusal != "" {
		return nil, refusal
	}
	c := &pm.Comment{
		Id: m.fresh, WorkItemId: it.Id, Content: strings.TrimSpace(req.Content), CreatedAt: m.now, UpdatedAt: m.now,
		CreatedBy: m.user, UpdatedBy: m.user,
	}
	m.comments = append(m.comments, c)
	m.note("comment", c.Id, "created", nil, modelScope(it.ProjectId))
	m.tell(80, modelScope(it.ProjectId))
	sent := *c
	return &pm.CommentCreated{Comment: &sent, UserId: m.user}, ""
}

// ownComment is the comment that a request names, and its item.
func (m *model) ownComment(text string) (*pm.Comment, *pm.WorkItem, string) {
	id := canonical(text)
	var c *pm.Comment
	for _, have := range m.comments {
		if have.Id == id && have.DeletedAt == nil {
			c = have
		}
	}
	switch {
	case id == "":
		return nil, nil, "VALIDATION_ERROR comment_id"
	case c == nil:
		return nil, nil, "NOT_FOUND"
	case c.CreatedBy != m.user:
		return nil, nil, "UNAUTHORIZED"
	case m.liveItem(c.WorkItemId) == nil:
		return nil, nil, "NOT_FOUND"
	}
	return c, m.liveItem(c.WorkItemId), ""
}

func (m *model) updateComment(req *pm.UpdateCommentRequest) (*pm.CommentUpdated, string) {
	if refusal := modelContent(req.Content); refusal != "" {
		return nil, refusal
	}
	c, it, refusal := m.ownComment(req.CommentId)
	if refusal != "" {
		return nil, refusal
	}
	c.Content, c.UpdatedAt, c.UpdatedBy = strings.TrimSpace(req.Content), m.now, m.user
	m.note("comment", c.Id, "updated", nil, modelScope(it.ProjectId))
	m.tell(81, modelScope(it.ProjectId))
	sent := *c
	return &pm.CommentUpdated{Comment: &sent, UserId: m.user}, ""
}

func (m *model) deleteComment(req *pm.DeleteCommentRequest) (*pm.CommentDeleted, string) {
	c, it, refusal := m.ownComment(req.CommentId)
	if refusal != "" {
		return nil, refusal
	}
	c.DeletedAt = new(m.now)
	m.note("comment", c.Id, "deleted", nil, modelScope(it.ProjectId))
	m.tell(82, modelScope(it.ProjectId))
	return &pm.CommentDeleted{CommentId: c.Id, UserId: m.user}, ""
}

func (m *model) listComments(req *pm.GetCommentsRequest) (*pm.CommentsList, string) {
	it, refusal := m.itemFor(req.WorkItemId, 1)
	if refusal != "" {
		return nil, refusal
	}
	list := &pm.CommentsList{}
	for _, c := range m.comments {
		if c.WorkItemId == it.Id && c.DeletedAt == nil {
			list.Comments = append(list.Comments, c)
		}
	}
	return list, ""
}
