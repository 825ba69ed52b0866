package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestAnItemIsCreatedChangedListedAndDeleted(t *testing.T) {
	c := start(t, boardOnly, nil).dial(t, ann)
	project := newProject(t, c)
	item := newTask(t, c, project.Id, "  Dig a hole ")
	if item.Title != "Dig a hole" || item.ItemNumber != 1 || item.Version != 1 || item.Status != "backlog" || item.Position != 1 {
		t.Fatalf("created %v", item)
	}

	updated := ask[*pmpb.WorkItemUpdated](t, c, &pmpb.UpdateWorkItemRequest{
		WorkItemId: item.Id, ExpectedVersion: 1, Status: proto.String("done"), StoryPoints: proto.Int32(3),
	})
	if updated.WorkItem.Version != 2 || updated.WorkItem.Status != "done" || len(updated.Changes) != 2 {
		t.Fatalf("updated %v", updated)
	}
	if got := list(t, c, project.Id); len(got) != 1 || !proto.Equal(got[0], updated.WorkItem) {
		t.Fatalf("listed %v, want %v", got, updated.WorkItem)
	}
	ask[*pmpb.WorkItemDeleted](t, c, &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id})
	if got := list(t, c, project.Id); len(got) != 0 {
		t.Fatalf("listed %v after the deletion", got)
	}
	refused(t, c, &pmpb.DeleteWorkItemRequest{WorkItemId: item.Id}, "NOT_FOUND")
}

func TestAStaleVersionConflicts(t *testing.T) {
	c := start(t, boardOnly, nil).dial(t, ann)
	item := newTask(t, c, newProject(t, c).Id, "Dig")
	ask[*pmpb.WorkItemUpdated](t, c, &pmpb.UpdateWorkItemRequest{WorkItemId: item.Id, ExpectedVersion: 1, Title: proto.String("Dig deeper")})
	refusal := refused(t, c, &pmpb.UpdateWorkItemRequest{WorkItemId: item.Id, ExpectedVersion: 1, Title: proto.String("Fill")}, "CONFLICT")
	if !strings.Contains(refusal.Message, "2") {
		t.Errorf("the refusal %q does not name the current version", refusal.Message)
	}
}

func TestARepeatedMessageIsAnsweredWithTheSameBytesAndDoneOnce(t *testing.T) {
	a := start(t, boardOnly, nil)
	c := a.dial(t, ann)
	project := newProject(t, c)
	request := client.Envelope(&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "Once", ProjectId: project.Id})
	request.MessageId = "11111111-2222-4333-8444-555555555555"
	bytesOf := func() []byte {
		b, err := proto.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}

	first := exchange(t, a.raw(t, ann), bytesOf())
	request.Timestamp++ // the sender's clock is not part of what was asked
	again := exchange(t, a.raw(t, ann), bytesOf())
	if !bytes.Equal(first, again) {
		t.Errorf("the repeat was answered with\n%x, the first with\n%x", again, first)
	}
	if got := list(t, c, project.Id); len(got) != 1 {
		t.Errorf("%d items, want 1", len(got))
	}

	request.GetCreateWorkItemRequest().Title = "Twice"
	if reply := decode(t, exchange(t, a.raw(t, ann), bytesOf())); reply.GetError().GetCode() != "INVALID_MESSAGE" {
		t.Errorf("the same id with another request was answered with %v", reply)
	}
	if reply := decode(t, exchange(t, a.raw(t, bob), bytesOf())); reply.GetError().GetCode() != "UNAUTHORIZED" {
		t.Errorf("the same id from another user was answered with %v, want that user's own answer", reply)
	}
}

func TestARepeatedUpdateAndDeleteGetTheFirstReply(t *testing.T) {
	c := start(t, boardOnly, nil).dial(t, ann)
	project := newProject(t, c)
	item := newTask(t, c, project.Id, "Dig")
	for i, request := range []proto.Message{
		&pmpb.UpdateWorkItemRequest{WorkItemId: item.Id, ExpectedVersion: 1, Title: proto.String("Dug")},
		&pmpb.UpdateWorkItemRequest{WorkItemId: item.Id, ExpectedVersion: 2, Title: proto.String("Dug")}, // changes nothing
		&pmpb.DeleteWorkItemRequest{WorkItemId: item.Id},
	} {
		envelope := client.Envelope(request)
		envelope.MessageId = fmt.Sprintf("repeat-%d", i)
		first, err := c.Do(t.Context(), envelope)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Do(t.Context(), envelope)
		if err != nil {
			t.Fatal(err)
		}
		if client.Result(first) != nil || !proto.Equal(first, again) {
			t.Errorf("%T: first %v, then %v", request, first, again)
		}
	}
}

// exchange sends one message and returns the next one that comes and is no event.
func exchange(t testing.TB, r *client.Raw, message []byte) []byte {
	t.Helper()
	ctx := t.Context()
	if err := r.SendBytes(ctx, client.Binary, message); err != nil {
		t.Fatal(err)
	}
	for {
		reply, err := r.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if decode(t, reply).Sequence == nil {
			return reply
		}
	}
}

func decode(t testing.TB, message []byte) *pmpb.WebSocketMessage {
	t.Helper()
	var m pmpb.WebSocketMessage
	if err := proto.Unmarshal(message, &m); err != nil {
		t.Fatal(err)
	}
	return &m
}
