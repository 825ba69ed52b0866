package board

import (
	"math"
	"slices"
	"strings"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A page of activity.
const (
	activityPage    = 50
	maxActivityPage = 100
)

// listActivity replies with a page of an entity's history, the newest row first. The entity may be deleted.
func listActivity(c *guest.Call) error {
	var req pm.GetActivityLogRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	id, err := parseID("entity_id", req.EntityId)
	if err != nil {
		return err
	}
	kind := slices.Index(entityWords[:], req.EntityType)
	if kind <= 0 { // no kind has number 0
		return invalid("entity_type", "The entity type must be one of "+strings.Join(entityWords[1:], ", "))
	}
	s := subject{entityKind(kind), id}
	project, found, err := projectOf(c, s)
	if err != nil {
		return err
	}
	if !found {
		if s.kind == kindProject {
			return projectNotFound()
		}
		return tables[s.kind].notFound()
	}
	if err := require(c, project, viewer); err != nil {
		return err
	}

	var rows pm.History
	if _, err := load(c, historyKey(s), &rows); err != nil {
		return err
	}
	limit, offset := int64(activityPage), max(int64(req.Offset), 0)
	if req.Limit != 0 {
		limit = min(max(int64(req.Limit), 1), maxActivityPage)
	}
	total := rows.Next - rows.First
	reply := &pm.ActivityLogList{TotalCount: int32(min(total, math.MaxInt32)), HasMore: offset+limit < total}
	for n := rows.Next - 1 - offset; n >= rows.First && n > rows.Next-1-offset-limit; n-- {
		row := &pm.ActivityLogEntry{}
		k := activityKey(s, n)
		found, err := load(c, k, row)
		if err == nil && !found {
			err = damaged(k, "is missing, though it was counted")
		}
		if err != nil {
			return err
		}
		reply.Entries = append(reply.Entries, row)
	}
	c.Reply(encode(reply))
	return nil
}

// projectOf returns the project that an entity is in or was in.
func projectOf(c *guest.Call, s subject) (project uuid, found bool, err error) {
	if s.kind == kindProject {
		return s.id, has(c, projectKey(s.id)) || has(c, deletedProjectKey(s.id)), nil
	}
	at, found, err := tables[s.kind].locate(c, s.id)
	if err == nil && found && (s.kind == kindComment || s.kind == kindTimeEntry) {
		at, found, err = items.locate(c, at.owner)
	}
	return at.owner, found, err
}
