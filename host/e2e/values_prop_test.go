package e2e

import (
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// Any text is a message id that comes back as it went, up to a length.
func TestEveryReplyRepeatsTheMessageIDOfItsRequest(t *testing.T) {
	c := start(t, boardOnly, nil).raw(t, ann)
	rapid.Check(t, func(rt *rapid.T) {
		ping := client.Envelope(&pmpb.Ping{Timestamp: rapid.Int64().Draw(rt, "value")})
		ping.MessageId = rapid.OneOf(rapid.String(), rapid.StringN(100, 300, 300)).Draw(rt, "id")
		message, err := proto.Marshal(ping)
		if err != nil {
			rt.Fatal(err)
		}
		if err := c.SendBytes(t.Context(), client.Binary, message); err != nil {
			rt.Fatal(err)
		}
		answer, err := c.Receive(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		var reply pmpb.WebSocketMessage
		if err := proto.Unmarshal(answer, &reply); err != nil {
			rt.Fatal(err)
		}
		fits := len(ping.MessageId) <= 255
		if pong := reply.GetPong(); fits && (pong == nil || pong.Timestamp != ping.GetPing().Timestamp || reply.MessageId != ping.MessageId) {
			rt.Errorf("the answer is %v", &reply)
		}
		if code := reply.GetError().GetCode(); !fits && code != "INVALID_MESSAGE" {
			rt.Errorf("an id of %d bytes is answered with %v", len(ping.MessageId), &reply)
		}
	})
}

// A title is taken if what is left without the blanks around it has 1 to 200 characters, however many bytes these are.
func TestATitleIsTakenIfItIsNeitherBlankNorLong(t *testing.T) {
	a := start(t, boardOnly, nil)
	boss := a.dial(t, ann)
	project := newProject(t, boss).Id
	blank := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\n\u00a0\u2003")), 0, 5, -1)
	text := rapid.StringOfN(rapid.SampledFrom([]rune("aZ5&>\"'é日😀")), 0, 205, -1)
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.OneOf(text, rapid.SampledFrom([]string{"", strings.Repeat("日", 200), strings.Repeat("é", 201)})).Draw(rt, "title")
		request := client.Envelope(&pmpb.CreateWorkItemRequest{
			ItemType: pmpb.WorkItemType_TASK, ProjectId: project,
			Title: blank.Draw(rt, "before") + want + blank.Draw(rt, "behind"),
		})
		reply, err := boss.Do(t.Context(), request)
		if err != nil {
			rt.Fatal(err)
		}
		if n := utf8.RuneCountInString(want); n >= 1 && n <= 200 {
			if got := reply.GetWorkItemCreated().GetWorkItem().GetTitle(); got != want {
				rt.Errorf("%q became %q: %v", want, got, reply)
			}
			return
		}
		if e := reply.GetError(); e.GetCode() != "INVALID_MESSAGE" || e.GetField() != "title" || !strings.Contains(e.GetMessage(), "title") {
			rt.Errorf("%q is answered with %v", want, reply)
		}
	})
}

// Story points are taken from 0 to 100.
func TestStoryPointsAreTakenWithinTheirRange(t *testing.T) {
	a := start(t, boardOnly, nil)
	boss := a.dial(t, ann)
	item := newTask(t, boss, newProject(t, boss).Id, "T")
	rapid.Check(t, func(rt *rapid.T) {
		points := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-2, 102)).Draw(rt, "points")
		reply, err := boss.Do(t.Context(), client.Envelope(&pmpb.UpdateWorkItemRequest{
			WorkItemId: item.Id, ExpectedVersion: item.Version, StoryPoints: &points,
		}))
		if err != nil {
			rt.Fatal(err)
		}
		if points >= 0 && points <= 100 {
			updated := reply.GetWorkItemUpdated().GetWorkItem()
			if updated == nil || updated.StoryPoints == nil || *updated.StoryPoints != points {
				rt.Fatalf("%d points are answered with %v", points, reply)
			}
			item = updated
			return
		}
		if e := reply.GetError(); e.GetCode() != "VALIDATION_ERROR" || e.GetField() != "story_points" {
			rt.Errorf("%d points are answered with %v", points, reply)
		}
	})
}
