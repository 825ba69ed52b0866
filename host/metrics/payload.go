package metrics

import (
	"sync"

	"workcell/host/client/pmpb"
)

// unknown is the number of no payload of the protocol.
const unknown = ^uint32(0)

// payloads are the names of the protocol's payloads by their numbers, as the schema has them.
var payloads = sync.OnceValue(func() map[uint32]string {
	names := map[uint32]string{0: "Acknowledgement"}
	members := new(pmpb.WebSocketMessage).ProtoReflect().Descriptor().Oneofs().ByName("payload").Fields()
	for i := range members.Len() {
		member := members.Get(i)
		if message := member.Message(); message != nil {
			names[uint32(member.Number())] = string(message.Name())
		}
	}
	return names
})

// payloadName returns the name of a payload for a label.
func payloadName(number uint32) string {
	if name, ok := payloads()[number]; ok {
		return name
	}
	return "Unknown"
}
