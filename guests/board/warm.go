package board

import (
	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// warm rehearses what clients do all day. Creating an item then takes a quarter of the fuel that it takes on memory where
// no call has been. Once is enough, and better than twice: what is allocated here is never freed.
func warm() {
	m := Module()
	rehearse(guest.NewRehearsal(&m))
}

func rehearse(r *guest.Rehearsal) {
	// create returns the id of what a call created: the first field of the first field.
	create := func(route uint32, request []byte) string {
		entity, _ := pm.Bytes(r.Call(route, request), 1)
		id, _ := pm.Bytes(entity, 1)
		return string(id)
	}
	r.Call(abi.RouteSessionOpened, nil)
	project := create(90, (&pm.CreateProjectRequest{Title: "Warm-up", Key: "WARM"}).Append(nil))
	var ids [3]string
	for i := range ids {
		request := pm.CreateWorkItemRequest{
			ItemType: pm.WorkItemType_EPIC + pm.WorkItemType(i), ProjectId: project, Title: "A title that is about as long as usual",
			Description: new("A description, with a **word** in bold, some `code` and <b>markup</b> for the text to be searched."),
		}
		if i > 0 {
			request.ParentId = &ids[i-1]
		}
		ids[i] = create(30, request.Append(nil))
	}
	r.Call(31, (&pm.UpdateWorkItemRequest{
		WorkItemId: ids[2], ExpectedVersion: 1, Title: new("Another title"), Status: new("done"), Priority: new("high"),
	}).Append(nil))
	r.Call(33, (&pm.GetWorkItemsRequest{ProjectId: project}).Append(nil))
	r.Call(93, nil)
	r.Call(20, (&pm.Subscribe{ProjectIds: []string{project}}).Append(nil))
	r.Call(53, (&pm.GetSprintsRequest{ProjectId: project}).Append(nil))
	r.Call(70, (&pm.CreateCommentRequest{WorkItemId: ids[1], Content: "A comment, with a **word** in bold."}).Append(nil))
	r.Call(73, (&pm.GetCommentsRequest{WorkItemId: ids[1]}).Append(nil))
	for _, id := range ids[1:] { // the second stops the first
		r.Call(110, (&pm.StartTimerRequest{WorkItemId: id}).Append(nil))
	}
	r.Call(116, nil)
	r.Call(115, (&pm.GetTimeEntriesRequest{WorkItemId: ids[2]}).Append(nil))
	r.Call(130, (&pm.CreateDependencyRequest{BlockingItemId: ids[0], BlockedItemId: ids[2], DependencyType: pm.DependencyType_BLOCKS}).Append(nil))
	r.Call(132, (&pm.GetDependenciesRequest{WorkItemId: ids[2]}).Append(nil))
	r.Call(140, (&pm.GetActivityLogRequest{EntityType: "work_item", EntityId: ids[2]}).Append(nil))
}
