package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteItem removes an item without live children from sight. What hangs on it (comments, times, links) stays.
func deleteItem(c *guest.Call) error {
	var req pm.DeleteWorkItemRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, admin)
	if err != nil {
		return err
	}
	if n := count(c, key('c', it.project, it.id)); n > 0 {
		return guest.Refuse(abi.CodeDeleteBlocked, "The work item still has children: "+strconv.Itoa(n)+". Delete or move them first")
	}

	now, user := c.Now(), caller(c).String()
	it.row.DeletedAt, it.row.UpdatedAt, it.row.UpdatedBy = &now, now, user
	removeItem(c, it)
	scope := projectScope(it.project)
	if err := addActivity(c, items.subject(it.id), actionDeleted, nil, scope); err != nil {
		return err
	}
	publish(c, eventItemDeleted, &pm.WorkItemDeleted{WorkItemId: it.row.Id, UserId: user}, scope)
	return nil
}
