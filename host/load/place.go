package load

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
)

// Numbers of the payloads that are looked for without decoding what holds them.
var (
	numberCreated = payloadNumber("work_item_created")
	numberUpdated = payloadNumber("work_item_updated")
	numberList    = payloadNumber("work_items_list")
)

func payloadNumber(name string) uint32 {
	fields := (&pmpb.WebSocketMessage{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); string(field.Name()) == name {
			return uint32(field.Number())
		}
	}
	panic("load: the schema has no payload " + name)
}

// title is that of a usual item: 40 bytes.
const title = "Water the tomatoes and mend the old gate"

// description is that of a usual item.
var description = strings.Repeat("Every other evening, and every evening in July. ", 5)[:descriptionBytes]

// place is one request under way on a connection, again and again. It belongs to whoever took it out of a channel.
type place struct {
	config *Config
	list   string // project whose items are listed
	grow   string // project in which items are created
	item   string // to update, if any
	seen   int32  // its version

	turn int
	id   string // of the request under way
	want uint32 // the payload of its reply
	sent time.Time
}

// next returns the request to send, with the given message id.
func (p *place) next(id string) ([]byte, error) {
	p.id = id
	message := &pmpb.WebSocketMessage{MessageId: id, Timestamp: time.Now().Unix()}
	switch p.kind() {
	case Get:
		p.want = numberList
		message.Payload = &pmpb.WebSocketMessage_GetWorkItemsRequest{GetWorkItemsRequest: &pmpb.GetWorkItemsRequest{ProjectId: p.list}}
	case Update:
		p.want = numberUpdated
		changed := fmt.Sprintf("%s %011d", title[:titleBytes-12], p.seen)
		message.Payload = &pmpb.WebSocketMessage_UpdateWorkItemRequest{UpdateWorkItemRequest: &pmpb.UpdateWorkItemRequest{
			WorkItemId: p.item, ExpectedVersion: p.seen, Title: &changed,
		}}
	default:
		p.want = numberCreated
		message.Payload = &pmpb.WebSocketMessage_CreateWorkItemRequest{CreateWorkItemRequest: newItem(p.grow)}
	}
	p.turn++
	return proto.Marshal(message)
}

// kind is the workload that the next request belongs to.
func (p *place) kind() Workload {
	if p.config.Workload != Mixed {
		return p.config.Workload
	}
	switch p.turn % 10 {
	case 1, 4, 7:
		return Update
	case 9:
		return Create
	}
	return Get
}

// take reads the reply to the request under way and returns the code of its error, or nothing.
func (p *place) take(h envelope.Header) (code string) {
	switch {
	case h.Number == envelope.Error:
		refusal := &pmpb.Error{}
		if proto.Unmarshal(h.Payload, refusal) != nil || refusal.Code == "" {
			return codeUnexpected
		}
		return refusal.Code
	case h.Number != p.want:
		return codeUnexpected
	case p.want == numberUpdated:
		updated := &pmpb.WorkItemUpdated{}
		if proto.Unmarshal(h.Payload, updated) != nil || updated.GetWorkItem() == nil {
			return codeUnexpected
		}
		p.seen = updated.WorkItem.Version
	case p.want == numberList && p.config.Decode:
		list := &pmpb.WorkItemsList{}
		if proto.Unmarshal(h.Payload, list) != nil || len(list.WorkItems) < p.config.Items {
			return codeUnexpected
		}
	}
	return ""
}

func newItem(project string) *pmpb.CreateWorkItemRequest {
	return &pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: title, Description: &description, ProjectId: project}
}
