package board

import (
	"cmp"
	"slices"
	"strings"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listContext replies with what tools should know about the data, the most important first, then by title. Filters that
// are absent let everything pass. It needs no permission.
func listContext(c *guest.Call) error {
	var req pm.GetLlmContextRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	var reply pm.LlmContextList
	for i := range contextEntries {
		m := contextEntries[i].message(i + 1)
		if (req.Category == nil || m.Category == *req.Category) && (req.ContextType == nil || m.ContextType == *req.ContextType) &&
			(req.MinPriority == nil || m.Priority >= *req.MinPriority) {
			reply.Entries = append(reply.Entries, m)
		}
	}
	slices.SortFunc(reply.Entries, func(a, b *pm.LlmContextEntry) int {
		if order := cmp.Compare(b.Priority, a.Priority); order != 0 {
			return order
		}
		return strings.Compare(a.Title, b.Title)
	})
	c.Reply(encode(&reply))
	return nil
}
