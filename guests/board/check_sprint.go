package board

import "workcell/guests/board/pm"

// sprint checks the tables t and T.
func (k *checker) sprint(key, value []byte) {
	var row pm.Sprint
	if !k.parse(value, &row) {
		return
	}
	id, at, ok := k.placed(key, row.Id, row.ProjectId, row.DeletedAt, countSprints)
	if !ok {
		return
	}
	k.need(row.Version >= 1 && row.Name != "" && sprintStatusWords[row.Status] != "", "version, name or status is missing")
	k.need(row.StartDate < row.EndDate, "the start is not before the end")
	k.need(k.projectExists(at.owner), "the sprint belongs to no project")
	if row.DeletedAt == nil && row.Status == pm.SprintStatus_ACTIVE {
		k.need(k.refersTo(activeSprintKey(at.owner), id), "the sprint is active and not the project's active sprint")
	}
}

func (k *checker) activeSprint(key, value []byte) {
	id, ok := k.ref(value)
	if !ok {
		return
	}
	at, found := k.locate(&sprints, id)
	var row pm.Sprint
	k.need(found && at.owner == idAfter(key, 1) && k.load(sprints.liveKey(at), &row) && row.Status == pm.SprintStatus_ACTIVE,
		"it names no live, active sprint of the project")
}

// comment checks the tables g and G.
func (k *checker) comment(key, value []byte) {
	var row pm.Comment
	if !k.parse(value, &row) {
		return
	}
	if _, at, ok := k.placed(key, row.Id, row.WorkItemId, row.DeletedAt, countComments); ok {
		k.need(row.Content != "" && row.CreatedBy != "", "content or author is missing")
		k.need(k.has(items.locatorKey(at.owner)), "the comment belongs to no work item")
	}
}
