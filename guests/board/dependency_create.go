package board

import (
	"strconv"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// createDependency links two items.
func createDependency(c *guest.Call) error {
	var req pm.CreateDependencyRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	d, err := newDependency(c, &req)
	if err != nil {
		return err
	}
	blocking, err := findItem(c, d.blocking)
	if err != nil {
		return err
	}
	blocked, err := findItem(c, d.blocked)
	if err != nil {
		return err
	}
	if blocking.project != blocked.project {
		return invalid("blocking_item_id", "The two work items must be in the same project")
	}
	d.at.owner = blocking.project
	if err := require(c, d.at.owner, editor); err != nil {
		return err
	}
	if has(c, outgoingKey(d.blocking, d.blocked)) {
		return invalid("blocked_item_id", "A link between these work items already exists")
	}
	if err := checkLinks(c, d); err != nil {
		return err
	}
	if req.DependencyType == pm.DependencyType_BLOCKS {
		if err := checkCycle(c, d); err != nil {
			return err
		}
	}

	if err := addDependency(c, d); err != nil {
		return err
	}
	if err := addActivity(c, dependencies.subject(d.id), actionCreated, nil, d.scope()); err != nil {
		return err
	}
	publish(c, eventDependencyCreated, &pm.DependencyCreated{Dependency: &d.row, UserId: d.row.CreatedBy}, d.scope())
	return nil
}

// newDependency makes a dependency of what the request says, after checking what can be checked without the store.
func newDependency(c *guest.Call, req *pm.CreateDependencyRequest) (*dependency, error) {
	blocking, err := parseID("blocking_item_id", req.BlockingItemId)
	if err != nil {
		return nil, err
	}
	blocked, err := parseID("blocked_item_id", req.BlockedItemId)
	if err != nil {
		return nil, err
	}
	if blocking == blocked {
		return nil, invalid("blocked_item_id", "A work item cannot block itself")
	}
	if req.DependencyType != pm.DependencyType_BLOCKS && req.DependencyType != pm.DependencyType_RELATES_TO {
		return nil, invalid("dependency_type", "The dependency type must be blocks or relates to")
	}
	d := &dependency{id: newUUID(c), blocking: blocking, blocked: blocked}
	d.row = pm.Dependency{
		Id: d.id.String(), BlockingItemId: blocking.String(), BlockedItemId: blocked.String(), DependencyType: req.DependencyType,
		CreatedAt: c.Now(), CreatedBy: caller(c).String(),
	}
	return d, nil
}

// checkLinks checks that both ends can take one link more.
func checkLinks(c *guest.Call, d *dependency) error {
	into, err := visibleLinks(c, incoming, d.blocked)
	if err != nil {
		return err
	}
	if len(into) >= maxLinks {
		return invalid("blocked_item_id", "The work item is blocked by or related to "+strconv.Itoa(maxLinks)+" others, which is the max")
	}
	from, err := visibleLinks(c, outgoing, d.blocking)
	if err != nil {
		return err
	}
	if len(from) >= maxLinks {
		return invalid("blocking_item_id", "The work item blocks or relates to "+strconv.Itoa(maxLinks)+" others, which is the max")
	}
	return nil
}
