package pm_test

import (
	"encoding/hex"
	"testing"

	"google.golang.org/protobuf/proto"
	"workcell/host/client/pmpb"
)

// FuzzParse compares verdict and content with protobuf-go on foreign bytes. The first argument chooses the type.
func FuzzParse(f *testing.F) {
	item := &pmpb.WorkItem{
		Id: "22222222-2222-4222-8222-222222222222", ItemType: pmpb.WorkItemType_TASK, ParentId: proto.String(""),
		Position: -1, Title: "naïve", CreatedAt: 1700000000, StoryPoints: proto.Int32(0), AncestorIds: []string{"a", ""},
	}
	for name, m := range map[string]proto.Message{
		"pm.WorkItem":              item,
		"pm.UpdateWorkItemRequest": &pmpb.UpdateWorkItemRequest{WorkItemId: "w", ExpectedVersion: 3, UpdateParent: true},
		"pm.WorkItemsList":         &pmpb.WorkItemsList{WorkItems: []*pmpb.WorkItem{item, {}}, AsOfTimestamp: 5},
		"pm.WorkItemUpdated":       &pmpb.WorkItemUpdated{WorkItem: item, Changes: []*pmpb.FieldChange{{FieldName: "title"}}},
		"pm.CallRequest":           &pmpb.CallRequest{Route: "a/b", Payload: []byte{0, 1}},
		"record.User":              &User{Id: []byte{1}, Email: proto.String("a@b")},
	} {
		kind := byte(pairNamed(f, name))
		f.Add(kind, marshal(f, m))
		for _, c := range verdicts {
			b, err := hex.DecodeString(c.hex)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(kind, b)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		agree(t, pairs[int(kind)%len(pairs)], b)
	})
}
