package board

import (
	"slices"
	"strconv"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// maxFollowed bounds the items that are visited in search of a way from one item to another.
const maxFollowed = 5000

// checkCycle refuses a link that would close a circle of blocking items.
func checkCycle(c *guest.Call, d *dependency) error {
	way, followed, err := wayBetween(c, d.blocked, d.blocking)
	switch {
	case err != nil:
		return err
	case way != nil:
		text := "Circular dependency: "
		for i, id := range way {
			if i > 0 {
				text += " → "
			}
			text += id.String()[:8]
		}
		return invalid("blocking_item_id", text)
	case followed > maxFollowed:
		return invalid("blocking_item_id", "More than "+strconv.Itoa(maxFollowed)+
			" work items wait for the blocked one; remove links that are no longer needed first")
	}
	return nil
}

// wayBetween returns the shortest way along live blocking links, both ends included, nil if there is none, and how many
// items it has met. It gives up beyond maxFollowed.
func wayBetween(c *guest.Call, from, to uuid) (way []uuid, followed int, err error) {
	cameFrom := map[uuid]uuid{from: {}}
	for queue := []uuid{from}; len(queue) > 0 && len(cameFrom) <= maxFollowed; {
		at := queue[0]
		queue = queue[1:]
		if at == to {
			for ; at != (uuid{}); at = cameFrom[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way, len(cameFrom), nil
		}
		live, err := items.isLive(c, at)
		if err != nil {
			return nil, 0, err
		}
		if !live {
			continue
		}
		if err := eachLink(c, outgoing, at, func(end uuid, l *pm.Link) error {
			if _, met := cameFrom[end]; l.Blocks && !met {
				cameFrom[end] = at
				queue = append(queue, end)
			}
			return nil
		}); err != nil {
			return nil, 0, err
		}
	}
	return nil, len(cameFrom), nil
}
