package board

import (
	"strings"
	"testing"

	"workcell/guests/board/pm"
)

func TestCommentsComeAndGo(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it := w.item(project, task, "T", nil)
	now := w.TimeMS / 1000
	w.as(ed)
	row := func(id, action string) pm.ActivityLogEntry {
		return pm.ActivityLogEntry{EntityType: "comment", EntityId: id, Action: action, UserId: ed.String(), Timestamp: w.TimeMS / 1000}
	}

	var created pm.CommentCreated
	r := w.ok(createCommentRoute, &pm.CreateCommentRequest{WorkItemId: strings.ToUpper(it.Id), Content: " `<script>` <script> "}, &created)
	want := &pm.Comment{
		Id: created.Comment.Id, WorkItemId: it.Id, Content: "`<script>` &lt;script>", CreatedAt: now, UpdatedAt: now,
		CreatedBy: ed.String(), UpdatedBy: ed.String(),
	}
	same(t, "created", &created, &pm.CommentCreated{Comment: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 80, row(want.Id, "created"), nil)

	for _, content := range []string{"new", "new"} { // also when it is the same
		w.TimeMS += 5000
		var updated pm.CommentUpdated
		r = w.ok(updateCommentRoute, &pm.UpdateCommentRequest{CommentId: want.Id, Content: content}, &updated)
		want.Content, want.UpdatedAt = content, w.TimeMS/1000
		same(t, "updated", &updated, &pm.CommentUpdated{Comment: want, UserId: ed.String()})
		announced(t, r, modelScope(project), 81, row(want.Id, "updated"), nil)
	}

	w.as(ann)
	second := w.comment(it, "second")
	third := w.comment(it, "third")
	var list pm.CommentsList
	w.ok(getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: it.Id}, &list)
	same(t, "list", list.Comments, []*pm.Comment{want, second, third})

	w.as(ed).TimeMS += 5000
	var deleted pm.CommentDeleted
	r = w.ok(deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: want.Id}, &deleted)
	same(t, "deleted", &deleted, &pm.CommentDeleted{CommentId: want.Id, UserId: ed.String()})
	announced(t, r, modelScope(project), 82, row(want.Id, "deleted"), nil)
	fourth := w.comment(it, "fourth")
	var after pm.CommentsList
	w.ok(getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: it.Id}, &after)
	same(t, "list", after.Comments, []*pm.Comment{second, third, fourth})
	w.fsck()
}

func TestCommentsRefuse(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	w.member(project, vic, viewer)
	it, gone := w.item(project, task, "T", nil), w.item(project, task, "gone", nil)
	mine, lost, deleted := w.comment(it, "c"), w.comment(gone, "c"), w.comment(it, "c")
	w.ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: gone.Id}, nil)
	w.ok(deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: deleted.Id}, nil)
	long := strings.Repeat("é", 5001)
	for _, tc := range []struct {
		name  string
		user  [16]byte
		route uint32
		req   record
		want  string
		text  string
	}{
		{"create: no content, before the item", sue, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: "i", Content: " "}, "INVALID_MESSAGE content", "content"},
		{"create: 5001 characters", ann, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: it.Id, Content: long}, "INVALID_MESSAGE content", "content"},
		{"create: an id that is none", sue, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: "i", Content: "c"}, "VALIDATION_ERROR work_item_id", ""},
		{"create: an item nobody knows, before permission", sue, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: unknownID, Content: "c"}, "NOT_FOUND", "not found"},
		{"create: a deleted item", ann, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: gone.Id, Content: "c"}, "NOT_FOUND", "not found"},
		{"create: a viewer", vic, createCommentRoute, &pm.CreateCommentRequest{WorkItemId: it.Id, Content: "c"}, "UNAUTHORIZED", ""},
		{"update: no content, before the id", sue, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: "c"}, "INVALID_MESSAGE content", "content"},
		{"update: 5001 characters", ann, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: mine.Id, Content: long}, "INVALID_MESSAGE content", "content"},
		{"update: an id that is none", sue, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: "c", Content: "c"}, "VALIDATION_ERROR comment_id", ""},
		{"update: a comment nobody knows", sue, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: unknownID, Content: "c"}, "NOT_FOUND", "not found"},
		{"update: a deleted comment", ann, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: deleted.Id, Content: "c"}, "NOT_FOUND", "not found"},
		{"update: another's", ed, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: mine.Id, Content: "c"}, "UNAUTHORIZED", "another user"},
		{"update: another's on a deleted item", ed, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: lost.Id, Content: "c"}, "UNAUTHORIZED", "another user"},
		{"update: on a deleted item", ann, updateCommentRoute, &pm.UpdateCommentRequest{CommentId: lost.Id, Content: "c"}, "NOT_FOUND", "not found"},
		{"delete: an id that is none", sue, deleteCommentRoute, &pm.DeleteCommentRequest{}, "VALIDATION_ERROR comment_id", ""},
		{"delete: a comment nobody knows", sue, deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: unknownID}, "NOT_FOUND", "not found"},
		{"delete: another's", ed, deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: mine.Id}, "UNAUTHORIZED", "another user"},
		{"delete: on a deleted item", ann, deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: lost.Id}, "NOT_FOUND", "not found"},
		{"list: an id that is none", sue, getCommentsRoute, &pm.GetCommentsRequest{}, "VALIDATION_ERROR work_item_id", ""},
		{"list: a deleted item", ann, getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: gone.Id}, "NOT_FOUND", "not found"},
		{"list: a stranger", sue, getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: it.Id}, "UNAUTHORIZED", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.as(tc.user)
			code, text := w.refusalText(tc.route, tc.req)
			if code != tc.want || !strings.Contains(text, tc.text) {
				t.Fatalf("got %s %q, want %s", code, text, tc.want)
			}
		})
	}
}

// Being the author is enough: roles may have been taken since.
func TestAnAuthorNeedsNoRole(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it := w.item(project, task, "T", nil)
	c := w.as(ed).comment(it, "c")
	w.unmember(project, ed)
	w.ok(updateCommentRoute, &pm.UpdateCommentRequest{CommentId: c.Id, Content: "d"}, nil)
	w.ok(deleteCommentRoute, &pm.DeleteCommentRequest{CommentId: c.Id}, nil)
	w.fsck()
}

func TestCommentsHaveTheOperatorsLimit(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	w.comment(it, strings.Repeat("日", 5000))
	w.Settings["validation.max_comment_length"] = "3"
	same(t, "four", w.refusal(createCommentRoute, &pm.CreateCommentRequest{WorkItemId: it.Id, Content: "four"}), "INVALID_MESSAGE content")
	w.comment(it, " abc ")
}

// A long list leaves in pieces that fit together.
func TestAListOfManyCommentsIsWhole(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	var want []*pm.Comment
	for range 40 {
		want = append(want, w.comment(it, strings.Repeat("c", 5000)))
	}
	var list pm.CommentsList
	r := w.ok(getCommentsRoute, &pm.GetCommentsRequest{WorkItemId: it.Id}, &list)
	same(t, "list", list.Comments, want)
	if len(r.Reply) < 3*listPiece {
		t.Fatal("the list is too short for this test")
	}
}
