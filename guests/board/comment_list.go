package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listComments replies with the live comments on an item, in the order of creation. Stored bytes go into the reply as
// they are.
func listComments(c *guest.Call) error {
	var req pm.GetCommentsRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, viewer)
	if err != nil {
		return err
	}
	w := listWriter{c: c}
	if err := each(c, key(comments.live, it.id), w.add); err != nil {
		return err
	}
	w.flush()
	return nil
}
