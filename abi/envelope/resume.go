package envelope

import "google.golang.org/protobuf/encoding/protowire"

// Subscribe is the number of the payload that asks for events.
const Subscribe uint32 = 20

// ResumeAfter reads from a Subscribe after which commit it asks for the events of the past. It reports false if it does not
// ask for any. A number below zero comes as one beyond all commits.
func ResumeAfter(subscribe []byte) (sequence uint64, ok bool) {
	const fieldResumeAfter = 1010
	sequence, n := protowire.ConsumeVarint(Field(subscribe, fieldResumeAfter))
	return sequence, n > 0
}

// AppendReload appends to an envelope, the acknowledgement of a Subscribe, that the events of the past cannot be had.
func AppendReload(acknowledgement []byte) []byte {
	acknowledgement = protowire.AppendTag(acknowledgement, fieldReload, protowire.VarintType)
	return protowire.AppendVarint(acknowledgement, 1)
}
