package board

import (
	"slices"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A dependency links two items of one project: a blocking and a blocked one, or two that relate. It hangs on both ends,
// as an entry in the tables f and j. While one end is deleted the link is hidden: not listed, not counted, not followed.
type dependency struct {
	row               pm.Dependency
	id                uuid
	at                place // its owner is the project
	blocking, blocked uuid
}

// maxLinks bounds the links that come into an item, and those that go out.
const maxLinks = 50

// A direction is one of the two ways in which links are followed from an item.
type direction byte

const (
	outgoing direction = 'f' // to what the item blocks
	incoming direction = 'j' // to what blocks the item
)

// eachLink visits the items to which links lead from an item, deleted ones too, until visit fails.
func eachLink(c *guest.Call, d direction, item uuid, visit func(end uuid, l *pm.Link) error) error {
	prefix := key(byte(d), item)
	return each(c, prefix, func(key, value []byte) error {
		var l pm.Link
		if err := decode(key, value, &l); err != nil {
			return err
		}
		return visit(idAfter(key, len(prefix)), &l)
	})
}

// visibleLinks returns the numbers of the links of an item whose other end is live, in ascending order. There are few.
func visibleLinks(c *guest.Call, d direction, item uuid) (numbers []int32, err error) {
	err = eachLink(c, d, item, func(end uuid, l *pm.Link) error {
		live, err := items.isLive(c, end)
		if live {
			i := len(numbers)
			for i > 0 && numbers[i-1] > l.Number {
				i--
			}
			numbers = slices.Insert(numbers, i, l.Number)
		}
		return err
	})
	return numbers, err
}

// addDependency stores a new dependency.
func addDependency(c *guest.Call, d *dependency) error {
	var err error
	if d.at, err = dependencies.add(c, d.at.owner, d.id, &d.row); err != nil {
		return err
	}
	l := &pm.Link{Number: d.at.number, Blocks: d.row.DependencyType == pm.DependencyType_BLOCKS}
	store(c, outgoingKey(d.blocking, d.blocked), l)
	store(c, incomingKey(d.blocked, d.blocking), l)
	return nil
}

// removeDependency moves a dependency to the deleted ones.
func removeDependency(c *guest.Call, d *dependency) {
	drop(c, outgoingKey(d.blocking, d.blocked))
	drop(c, incomingKey(d.blocked, d.blocking))
	dependencies.remove(c, d.at, &d.row)
}

// findDependency returns a live dependency or refuses. Its ends may be deleted.
func findDependency(c *guest.Call, id uuid) (*dependency, error) {
	d := &dependency{id: id}
	var err error
	if d.at, err = dependencies.find(c, id, &d.row); err != nil {
		return nil, err
	}
	var ok, also bool
	d.blocking, ok = parseUUID(d.row.BlockingItemId)
	d.blocked, also = parseUUID(d.row.BlockedItemId)
	if !ok || !also {
		return nil, damaged(dependencies.liveKey(d.at), "does not name two items")
	}
	return d, nil
}

// scope returns who hears of d.
func (d *dependency) scope() abi.Scope { return projectScope(d.at.owner) }
