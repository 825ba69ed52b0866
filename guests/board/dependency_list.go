package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listDependencies replies with the links of an item, those that come in and those that go out, each in the order of
// creation.
func listDependencies(c *guest.Call) error {
	var req pm.GetDependenciesRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, viewer)
	if err != nil {
		return err
	}
	var reply pm.DependenciesList
	if reply.Blocking, err = readLinks(c, incoming, it); err != nil {
		return err
	}
	if reply.Blocked, err = readLinks(c, outgoing, it); err != nil {
		return err
	}
	c.Reply(encode(&reply))
	return nil
}

// readLinks returns the visible links of an item in one direction, in the order of creation.
func readLinks(c *guest.Call, d direction, it *item) (links []*pm.Dependency, err error) {
	numbers, err := visibleLinks(c, d, it.id)
	if err != nil {
		return nil, err
	}
	for _, number := range numbers {
		k := dependencies.liveKey(place{it.project, number})
		row := &pm.Dependency{}
		found, err := load(c, k, row)
		if err == nil && !found {
			err = damaged(k, "is missing, though a work item has it")
		}
		if err != nil {
			return nil, err
		}
		links = append(links, row)
	}
	return links, nil
}
