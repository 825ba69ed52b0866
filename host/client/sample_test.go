package client_test

import (
	"encoding/hex"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// Whole messages of the protocol's documentation. Real clients send and expect exactly these bytes.
func TestSampleEncodings(t *testing.T) {
	const project = "11111111-1111-4111-8111-111111111111"
	const item = "22222222-2222-4222-8222-222222222222"
	sample := func(id string, at int64, payload proto.Message) *pmpb.WebSocketMessage {
		message := &pmpb.WebSocketMessage{}
		if payload != nil {
			message = client.Envelope(payload)
		}
		message.MessageId, message.Timestamp = id, at
		return message
	}
	tests := []struct {
		name    string
		message *pmpb.WebSocketMessage
		hex     string
	}{
		{
			"ping", sample("msg-001", 1700000000, &pmpb.Ping{Timestamp: 12345}),
			"0a076d73672d3030311080e2cfaa06520308b960",
		},
		{
			"pong", sample("msg-001", 1700000001, &pmpb.Pong{Timestamp: 12345}),
			"0a076d73672d3030311081e2cfaa065a0308b960",
		},
		{
			"subscribe", sample("s1", 1700000000, &pmpb.Subscribe{ProjectIds: []string{project}}),
			"0a0273311080e2cfaa06a201260a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
		},
		{
			"acknowledgement", sample("s1", 1700000001, nil),
			"0a0273311081e2cfaa06",
		},
		{
			"error with field", sample("m4", 1700000001,
				&pmpb.Error{Code: "VALIDATION_ERROR", Message: "bad", Field: proto.String("status")}),
			"0a026d341081e2cfaa06a2061f0a1056414c49444154494f4e5f4552524f5212036261641a06737461747573",
		},
		{
			"error without field", sample("m4", 1700000001, &pmpb.Error{Code: "CONFLICT", Message: "x"}),
			"0a026d341081e2cfaa06a2060d0a08434f4e464c494354120178",
		},
		{
			"create work item", sample("c1", 1700000000,
				&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "T", ProjectId: project}),
			"0a0263311080e2cfaa06f2012b08041201542a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
		},
		{
			"update work item, parent present and empty", sample("u1", 0,
				&pmpb.UpdateWorkItemRequest{WorkItemId: item, ExpectedVersion: 3, ParentId: proto.String(""), UpdateParent: true}),
			"0a027531fa012c0a2432323232323232322d323232322d343232322d383232322d32323232323232323232323210035a006001",
		},
		{
			"no running timer", sample("r", 1, &pmpb.RunningTimerResponse{}),
			"0a01721001f20700",
		},
		{
			"no work items", sample("g", 5, &pmpb.WorkItemsList{AsOfTimestamp: 5}),
			"0a01671005da02021005",
		},
		{
			"list projects", sample("p", 5, &pmpb.ListProjectsRequest{}),
			"0a01701005ea0500",
		},
		{
			"context with priority present and zero", sample("l", 5, &pmpb.GetLlmContextRequest{MinPriority: proto.Int32(0)}),
			"0a016c1005fa08021800",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := proto.MarshalOptions{Deterministic: true}.Marshal(test.message)
			if err != nil || hex.EncodeToString(got) != test.hex {
				t.Errorf("encodes as %x, %v\nwant       %s", got, err, test.hex)
			}
			raw, err := hex.DecodeString(test.hex)
			if err != nil {
				t.Fatal(err)
			}
			back := &pmpb.WebSocketMessage{}
			if err := proto.Unmarshal(raw, back); err != nil || !proto.Equal(back, test.message) {
				t.Errorf("decodes as %v, %v\nwant       %v", back, err, test.message)
			}
		})
	}
}
