package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// message builds an envelope by hand, so that it can be wrong.
func message(id string, number protowire.Number, payload []byte) []byte {
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	b = protowire.AppendString(b, id)
	if number != 0 {
		b = protowire.AppendTag(b, number, protowire.BytesType)
		b = protowire.AppendBytes(b, payload)
	}
	return b
}

func text(number protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func TestMessagesThatAreNotAcceptableAreRefusedAndTheConnectionGoesOn(t *testing.T) {
	a := start(t, boardOnly, nil)
	const uuid = "11111111-1111-4111-8111-111111111111"
	title := strings.Repeat("x", 201)
	for _, c := range []struct {
		name            string
		message         []byte
		id, code, field string
	}{
		{"bytes that are no protobuf", []byte{0xff, 0xff, 0xff}, "", "DECODE_ERROR", ""},
		{"a message id that is not UTF-8", message("\xff\xfe", 10, nil), "", "DECODE_ERROR", ""},
		{"a payload cut short", append(message("m", 0, nil), 0xf2, 0x01, 0x7f), "", "DECODE_ERROR", ""},
		{"no payload", message("m", 0, nil), "m", "INVALID_MESSAGE", ""},
		{"a payload number nobody knows", message("m", 999, nil), "m", "INVALID_MESSAGE", ""},
		{"a payload only servers send", message("m", 40, nil), "m", "INVALID_MESSAGE", ""},
		{"a pong", message("m", 11, nil), "m", "INVALID_MESSAGE", ""},
		{"a message id of 256 bytes", message(strings.Repeat("i", 256), 10, nil), strings.Repeat("i", 256), "INVALID_MESSAGE", ""},
		{"a known payload that is malformed", message("m", 30, []byte{0x12, 0x7f}), "m", "DECODE_ERROR", ""},
		{"a title that is not UTF-8", message("m", 30, append([]byte{8, 4}, text(2, "\xff")...)), "m", "DECODE_ERROR", ""},
		{"a malformed ping", message("m", 10, []byte{0x08}), "m", "DECODE_ERROR", ""},
		{"a garbage project id", message("m", 33, text(1, "garbage")), "m", "VALIDATION_ERROR", "project_id"},
		{"a garbage item id", message("m", 32, text(1, "{}")), "m", "VALIDATION_ERROR", "work_item_id"},
		{"a garbage parent id", message("m", 30, join([]byte{8, 4}, text(2, "T"), text(4, "up"), text(5, uuid))), "m", "VALIDATION_ERROR", "parent_id"},
		{"an item type nobody knows", message("m", 30, join([]byte{8, 1}, text(2, "T"), text(5, uuid))), "m", "VALIDATION_ERROR", "item_type"},
		{"a title of blanks", message("m", 30, join([]byte{8, 4}, text(2, " \t "), text(5, uuid))), "m", "INVALID_MESSAGE", "title"},
		{"a title of 201 characters", message("m", 30, join([]byte{8, 4}, text(2, title), text(5, uuid))), "m", "INVALID_MESSAGE", "title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := a.raw(t, ann)
			reply := decode(t, exchange(t, r, c.message))
			if reply.MessageId != c.id || reply.GetError().GetCode() != c.code || reply.GetError().GetField() != c.field {
				t.Errorf("answered with %v, want %s on field %q for message %q", reply, c.code, c.field, c.id)
			}
			pong(t, r)
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// pong checks that the connection answers.
func pong(t *testing.T, r *client.Raw) {
	t.Helper()
	if reply := decode(t, exchange(t, r, message("still here", 10, []byte{8, 7}))); reply.GetPong().GetTimestamp() != 7 {
		t.Errorf("a ping was answered with %v", reply)
	}
}

func TestFiveUndecodableMessagesInARowEndTheConnection(t *testing.T) {
	r := start(t, boardOnly, nil).raw(t, ann)
	for range 4 {
		exchange(t, r, []byte{0xff})
	}
	pong(t, r) // one good message resets the count
	for range 5 {
		exchange(t, r, []byte{0xff})
	}
	wantClose(t, r, 1007)
}

// wantClose waits for the server's close frame.
func wantClose(t *testing.T, r *client.Raw, code int) {
	t.Helper()
	_, err := r.Receive(t.Context())
	var closed *client.CloseError
	if !errors.As(err, &closed) || closed.Code != code {
		t.Errorf("ended with %v, want close %d", err, code)
	}
}

func TestAMessageOverTheLimitEndsTheConnection(t *testing.T) {
	const limit = 16 << 20
	a := start(t, boardOnly, nil)
	r := a.raw(t, ann)
	largest := message("big", 999, make([]byte, limit))
	largest = message("big", 999, make([]byte, 2*limit-len(largest)))
	if len(largest) != limit {
		t.Fatalf("built %d bytes", len(largest))
	}
	if reply := decode(t, exchange(t, r, largest)); reply.GetError().GetCode() != "INVALID_MESSAGE" {
		t.Errorf("the largest message was answered with %v", reply)
	}
	_ = r.SendBytes(t.Context(), client.Binary, make([]byte, limit+1)) // the server may hang up while it is being sent
	wantClose(t, r, 1009)
}

func TestTextMessagesAreDropped(t *testing.T) {
	r := start(t, boardOnly, nil).raw(t, ann)
	if err := r.SendBytes(t.Context(), client.Text, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	pong(t, r)
	if err := r.SendBytes(t.Context(), client.Text, []byte("\xff")); err != nil {
		t.Fatal(err)
	}
	wantClose(t, r, 1007)
}

func TestAnUnmaskedFrameEndsTheConnection(t *testing.T) {
	a := start(t, boardOnly, nil)
	conn, err := net.Dial("tcp", a.host.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x82\x02hi")
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, frames, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
		t.Errorf("upgrade answered with %q", head)
	}
	if len(frames) < 4 || frames[0] != 0x88 || binary.BigEndian.Uint16(frames[2:]) != 1002 {
		t.Errorf("answered with %x, want a close frame with 1002", frames)
	}
}

func TestFieldsNobodyKnowsAreIgnored(t *testing.T) {
	c := start(t, boardOnly, nil).dial(t, ann)
	request := &pmpb.CreateProjectRequest{Title: "Newer client", Key: "NEW"}
	request.ProtoReflect().SetUnknown(text(2000, "from the future"))
	envelope := client.Envelope(request)
	envelope.ProtoReflect().SetUnknown(text(3000, "from the future"))
	reply, err := c.Do(t.Context(), envelope)
	if err != nil || client.Result(reply) != nil {
		t.Fatalf("answered with %v, %v", reply, err)
	}
	if !proto.Equal(reply.GetProjectCreated().Project, ask[*pmpb.ProjectList](t, c, &pmpb.ListProjectsRequest{}).Projects[0]) {
		t.Error("what was stored is not what was answered")
	}
}
