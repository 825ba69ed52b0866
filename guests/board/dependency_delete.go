package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// deleteDependency removes a link from sight, also one that was hidden because an end of it is deleted.
func deleteDependency(c *guest.Call) error {
	var req pm.DeleteDependencyRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	id, err := parseID("dependency_id", req.DependencyId)
	if err != nil {
		return err
	}
	d, err := findDependency(c, id)
	if err != nil {
		return err
	}
	if err := require(c, d.at.owner, editor); err != nil {
		return err
	}

	d.row.DeletedAt = new(c.Now())
	removeDependency(c, d)
	if err := addActivity(c, dependencies.subject(id), actionDeleted, nil, d.scope()); err != nil {
		return err
	}
	m := &pm.DependencyDeleted{
		DependencyId: d.row.Id, BlockingItemId: d.row.BlockingItemId, BlockedItemId: d.row.BlockedItemId, UserId: caller(c).String(),
	}
	publish(c, eventDependencyDeleted, m, d.scope())
	return nil
}
