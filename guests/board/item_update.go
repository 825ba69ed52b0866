package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// updateItem changes what the request sent of an item. Every field that was sent is checked, then the two states are
// compared; without a difference nothing is stored and nobody is told.
func updateItem(c *guest.Call) error {
	var req pm.UpdateWorkItemRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	before, err := itemFor(c, req.WorkItemId, editor)
	if err != nil {
		return err
	}
	if err := checkVersion(req.ExpectedVersion, before.row.Version); err != nil {
		return err
	}
	after := *before
	if err := moveItem(c, &after, &req); err != nil {
		return err
	}
	if err := applyToItem(c, &after, &req); err != nil {
		return err
	}

	list := itemChanges(&before.row, &after.row)
	scope := projectScope(after.project)
	if len(list) > 0 {
		if after.row.Version, err = nextVersion(after.row.Version); err != nil {
			return err
		}
		after.row.UpdatedAt, after.row.UpdatedBy = c.Now(), caller(c).String()
		replaceItem(c, before, &after)
		if err := addActivity(c, items.subject(after.id), actionUpdated, list, scope); err != nil {
			return err
		}
	}
	m, err := itemMessage(c, &after)
	if err != nil {
		return err
	}
	reply := &pm.WorkItemUpdated{WorkItem: m, Changes: list, UserId: caller(c).String()}
	if len(list) == 0 {
		c.Reply(encode(reply))
		return nil
	}
	publish(c, eventItemUpdated, reply, scope)
	return nil
}

// moveItem checks the parent that was sent and sets it. The position stays.
func moveItem(c *guest.Call, it *item, req *pm.UpdateWorkItemRequest) error {
	if !req.UpdateParent {
		return nil
	}
	id, given, err := parseOptionalID("parent_id", req.ParentId)
	if err != nil {
		return err
	}
	if !given {
		it.parent, it.row.ParentId = uuid{}, nil
		return nil
	}
	if id == it.id {
		return invalid("parent_id", "A work item cannot be its own parent")
	}
	parent, err := findParent(c, it.project, id, it.row.ItemType)
	if err != nil {
		return err
	}
	_, top, err := lineage(c, it.id, parent)
	if err != nil {
		return err
	}
	if !top {
		return invalid("parent_id", "A work item cannot stand below itself, nor under more than 100 levels")
	}
	it.parent, it.row.ParentId = id, new(id.String())
	return nil
}

// applyToItem checks the other fields that were sent, in the order in which their errors win, and sets them in it.
//
// A value that equals the stored one is not checked. Forms send back all they got, and that may be older than a limit,
// have been imported, or name a sprint deleted since: such an item could not be edited any more.
func applyToItem(c *guest.Call, it *item, req *pm.UpdateWorkItemRequest) error {
	row := &it.row
	if req.Title != nil && *req.Title != row.Title {
		title, err := cleanTitle(c, *req.Title)
		if err != nil {
			return err
		}
		row.Title = title
	}
	if req.Description != nil && *req.Description != orEmpty(row.Description) { // none and an empty one are the same here
		description, err := cleanDescription(c, req.Description, abi.CodeValidation)
		if err != nil {
			return err
		}
		if *description != orEmpty(row.Description) {
			row.Description = description
		}
	}
	if req.Status != nil {
		if err := checkStatus(*req.Status); err != nil {
			return err
		}
		row.Status = *req.Status
	}
	if req.Priority != nil {
		if err := checkPriority(*req.Priority); err != nil {
			return err
		}
		row.Priority = *req.Priority
	}
	if req.AssigneeId != nil {
		if err := assign(c, row, *req.AssigneeId); err != nil {
			return err
		}
	}
	if req.SprintId != nil {
		if err := schedule(c, it, *req.SprintId); err != nil {
			return err
		}
	}
	if req.Position != nil {
		if *req.Position < 0 {
			return invalid("position", "The position must not be negative")
		}
		row.Position = *req.Position
	}
	if req.StoryPoints != nil && (row.StoryPoints == nil || *req.StoryPoints != *row.StoryPoints) {
		if most := maxStoryPoints.of(c); *req.StoryPoints < 0 || int(*req.StoryPoints) > most {
			return invalid("story_points", "The story points must be from 0 to "+strconv.Itoa(most))
		}
		row.StoryPoints = req.StoryPoints
	}
	return nil
}

// assign gives an item to a known user, or to nobody.
func assign(c *guest.Call, row *pm.WorkItem, assignee string) error {
	id, given, err := parseOptionalID("assignee_id", &assignee)
	switch {
	case err != nil:
		return err
	case !given:
		row.AssigneeId = nil
	case id.String() == orEmpty(row.AssigneeId):
	case !has(c, userKey(id)):
		return invalid("assignee_id", "The assignee is not a known user")
	default:
		row.AssigneeId = new(id.String())
	}
	return nil
}

// schedule puts an item into a live sprint of its project, or into none.
func schedule(c *guest.Call, it *item, sprint string) error {
	id, given, err := parseOptionalID("sprint_id", &sprint)
	switch {
	case err != nil:
		return err
	case !given:
		it.row.SprintId = nil
		return nil
	case id.String() == orEmpty(it.row.SprintId):
		return nil
	}
	at, found, err := sprints.locate(c, id)
	if err != nil {
		return err
	}
	if !found || at.owner != it.project || !has(c, sprints.liveKey(at)) {
		return invalid("sprint_id", "The sprint was not found in this project")
	}
	it.row.SprintId = new(id.String())
	return nil
}

// itemChanges compares two states of an item.
func itemChanges(before, after *pm.WorkItem) (list changes) {
	list.compareText("title", before.Title, after.Title)
	list.compareText("description", orEmpty(before.Description), orEmpty(after.Description))
	list.compareText("status", before.Status, after.Status)
	list.compareText("assignee_id", orEmpty(before.AssigneeId), orEmpty(after.AssigneeId))
	list.compare("position", number(&before.Position), number(&after.Position))
	list.compare("parent_id", before.ParentId, after.ParentId)
	list.compareText("priority", before.Priority, after.Priority)
	list.compare("story_points", number(before.StoryPoints), number(after.StoryPoints))
	list.compare("sprint_id", before.SprintId, after.SprintId)
	return list
}
