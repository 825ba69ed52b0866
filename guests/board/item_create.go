package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// createItem creates a work item at the end of its siblings.
func createItem(c *guest.Call) error {
	var req pm.CreateWorkItemRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	it, err := newItem(c, &req)
	if err != nil {
		return err
	}
	if err := require(c, it.project, editor); err != nil {
		return err
	}
	if !has(c, projectKey(it.project)) {
		return projectNotFound()
	}
	var parent *item
	if it.row.ParentId != nil {
		if parent, err = findParent(c, it.project, it.parent, it.row.ItemType); err != nil {
			return err
		}
	}
	if err := checkStatus(it.row.Status); err != nil {
		return err
	}
	if err := checkPriority(it.row.Priority); err != nil {
		return err
	}

	if it.row.Position, err = nextPosition(c, it.project, it.parent); err != nil {
		return err
	}
	if it.row.ItemNumber, err = takeItemNumber(c, it.project); err != nil {
		return err
	}
	insertItem(c, it)
	scope := projectScope(it.project)
	if err := addActivity(c, items.subject(it.id), actionCreated, nil, scope); err != nil {
		return err
	}
	above, _, err := lineage(c, it.id, parent)
	if err != nil {
		return err
	}
	m := it.row // a new item has nothing below it
	m.AncestorIds = uuidTexts(above)
	publish(c, eventItemCreated, &pm.WorkItemCreated{WorkItem: &m, UserId: it.row.CreatedBy}, scope)
	return nil
}

// newItem makes an item of what the request says, after checking what can be checked without the store.
func newItem(c *guest.Call, req *pm.CreateWorkItemRequest) (*item, error) {
	switch req.ItemType {
	case pm.WorkItemType_EPIC, pm.WorkItemType_STORY, pm.WorkItemType_TASK:
	default:
		return nil, invalid("item_type", "The item type must be epic, story or task")
	}
	title, err := cleanTitle(c, req.Title)
	if err != nil {
		return nil, err
	}
	description, err := cleanDescription(c, req.Description, abi.CodeInvalidMessage)
	if err != nil {
		return nil, err
	}
	project, err := parseID("project_id", req.ProjectId)
	if err != nil {
		return nil, err
	}
	parent, given, err := parseOptionalID("parent_id", req.ParentId)
	if err != nil {
		return nil, err
	}

	now, user := c.Now(), caller(c).String()
	it := &item{id: newUUID(c), project: project, parent: parent}
	it.row = pm.WorkItem{
		Id: it.id.String(), ItemType: req.ItemType, ProjectId: project.String(),
		Title: title, Description: description, Status: "backlog", Priority: "medium",
		CreatedAt: now, UpdatedAt: now, CreatedBy: user, UpdatedBy: user, Version: 1,
	}
	if given {
		it.row.ParentId = new(parent.String())
	}
	if req.Status != nil {
		it.row.Status = *req.Status
	}
	if req.Priority != nil {
		it.row.Priority = *req.Priority
	}
	return it, nil
}
