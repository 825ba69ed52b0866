package pm_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"workcell/guests/board/pm"
	"workcell/host/client/pmpb"
)

// verdicts are encodings of a pm.UpdateWorkItemRequest: field 1 is a string, 2 an int32, 12 a bool, 13 to 15 unknown.
var verdicts = []struct {
	name, hex string
	accepted  bool
}{
	{"nothing at all", "", true},
	{"a string", "0a0161", true},
	{"the last of two values", "0a01610a0162", true},
	{"a string without its end", "0a0261", false},
	{"a string without its length", "0a", false},
	{"a length that ends early", "0a80", false},
	{"a length beyond the address space", "0affffffffffffffffff01", false},
	{"text that is not UTF-8", "0a01ff", false},
	{"text with half a surrogate pair", "0a03eda080", false},
	{"unknown bytes that are not UTF-8", "6a01ff", true},
	{"an int32 wider than 32 bits", "1083808080808001", true},
	{"a negative int32", "10ffffffffffffffffff01", true},
	{"a varint of 65 bits", "10ffffffffffffffffff02", false},
	{"a varint of eleven bytes", "1080808080808080808080008000", false},
	{"a long zero", "1080808000", true},
	{"a bool of 2", "6002", true},
	{"a long key", "8a80000161", true},
	{"a long unknown key", "ea80000161", true},
	{"a string number as varint", "0801", true},
	{"an int32 number as bytes", "120101", true},
	{"fixed32", "6d01020304", true},
	{"fixed32 without its end", "6d010203", false},
	{"fixed64", "690102030405060708", true},
	{"fixed64 without its end", "6901020304050607", false},
	{"number zero", "020161", false},
	{"the highest number", "f8ffffff0f01", true},
	{"a number too high", "808080801001", false},
	{"a key of 65 bits", "ffffffffffffffffff0201", false},
	{"wire type 6", "6e00", false},
	{"wire type 7", "6f00", false},
	{"an empty group", "6b6c", true},
	{"a group", "6b08016c", true},
	{"a group as known number", "0b08010c", true},
	{"a group in a group", "6b73747308017a0161746c", true},
	{"a group closed by another number", "6b74", false},
	{"groups that overlap", "6b736c74", false},
	{"a group without its end", "6b0801", false},
	{"an end without its group", "6c", false},
	{"number zero inside a group", "6b00006c", false},
	{"a number too high for a field inside a group", "6b8080808010016c", true},
	{"a number too high inside a group", "6b8080808040016c", false},
	{"wire type 6 inside a group", "6b0e6c", false},
	{"a short string inside a group", "6b0a05616c", false},
}

func TestVerdicts(t *testing.T) {
	update := pairs[pairNamed(t, "pm.UpdateWorkItemRequest")]
	for _, c := range verdicts {
		t.Run(c.name, func(t *testing.T) {
			b, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			if got := agree(t, update, b); got != c.accepted {
				t.Fatalf("accepted: %v, want %v", got, c.accepted)
			}
			if err := update.lean().Parse(b); !c.accepted && !errors.Is(err, pm.ErrMalformed) {
				t.Fatalf("err = %v, want ErrMalformed", err)
			}
		})
	}
}

func TestDepthOfUnknownGroupsIsBounded(t *testing.T) {
	for depth, accepted := range map[int]bool{10_001: true, 10_002: false} {
		b := append(bytes.Repeat([]byte{0x6b}, depth), bytes.Repeat([]byte{0x6c}, depth)...)
		if got := agree(t, pairs[0], b); got != accepted {
			t.Errorf("depth %d accepted: %v, want %v", depth, got, accepted)
		}
	}
}

// An embedded message's length is written after the content, so the sizes at which its prefix grows need a look.
func TestLengthOfEmbeddedMessage(t *testing.T) {
	for _, size := range []int{0, 1, 100, 122, 123, 124, 125, 126, 127, 128, 129, 16378, 16379, 16380, 16381, 16384, 1 << 21} {
		title := strings.Repeat("x", size)
		lean := &pm.WorkItemUpdated{WorkItem: &pm.WorkItem{Title: title}, UserId: "u"}
		full := &pmpb.WorkItemUpdated{WorkItem: &pmpb.WorkItem{Title: title}, UserId: "u"}
		if !bytes.Equal(lean.Append(nil), marshal(t, full)) {
			t.Errorf("title of %d bytes is encoded differently", size)
		}
	}
}

func TestNilMessageIsEmpty(t *testing.T) {
	var none *pm.WorkItem
	if got := none.Append([]byte("dst")); string(got) != "dst" {
		t.Errorf("got %q", got)
	}
	list := &pm.WorkItemsList{WorkItems: []*pm.WorkItem{nil}}
	if got := list.Append(nil); !bytes.Equal(got, []byte{0x0a, 0}) {
		t.Errorf("nil element: got %x", got)
	}
}

// Whole messages as they cross the wire. The envelope is read with protobuf-go, its payload in both forms.
func TestSampleMessages(t *testing.T) {
	const project = "11111111-1111-4111-8111-111111111111"
	for _, c := range []struct {
		name, hex string
		member    protowire.Number // of the envelope's payload, 0 for none
		payload   message
	}{
		{
			"ping", "0a076d73672d3030311080e2cfaa06520308b960",
			10, &pm.Ping{Timestamp: 12345},
		},
		{
			"pong", "0a076d73672d3030311081e2cfaa065a0308b960",
			11, &pm.Pong{Timestamp: 12345},
		},
		{
			"subscribe to one project",
			"0a0273311080e2cfaa06a201260a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
			20, &pm.Subscribe{ProjectIds: []string{project}},
		},
		{
			"acknowledgement", "0a0273311081e2cfaa06",
			0, nil,
		},
		{
			"error with field",
			"0a026d341081e2cfaa06a2061f0a1056414c49444154494f4e5f4552524f5212036261641a06737461747573",
			100, &pm.Error{Code: "VALIDATION_ERROR", Message: "bad", Field: new("status")},
		},
		{
			"error without field", "0a026d341081e2cfaa06a2060d0a08434f4e464c494354120178",
			100, &pm.Error{Code: "CONFLICT", Message: "x"},
		},
		{
			"create a task",
			"0a0263311080e2cfaa06f2012b08041201542a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
			30, &pm.CreateWorkItemRequest{ItemType: pm.WorkItemType_TASK, Title: "T", ProjectId: project},
		},
		{
			"clear a parent",
			"0a027531fa012c0a2432323232323232322d323232322d343232322d383232322d32323232323232323232323210035a006001",
			31, &pm.UpdateWorkItemRequest{
				WorkItemId:      "22222222-2222-4222-8222-222222222222",
				ExpectedVersion: 3, ParentId: new(""), UpdateParent: true,
			},
		},
		{
			"no running timer", "0a01721001f20700",
			126, &pm.RunningTimerResponse{},
		},
		{
			"no work items", "0a01671005da02021005",
			43, &pm.WorkItemsList{AsOfTimestamp: 5},
		},
		{
			"list projects", "0a01701005ea0500",
			93, &pm.ListProjectsRequest{},
		},
		{
			"context from priority zero", "0a016c1005fa08021800",
			143, &pm.GetLlmContextRequest{MinPriority: new(int32(0))},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			var envelope pmpb.WebSocketMessage
			if err := proto.Unmarshal(whole, &envelope); err != nil {
				t.Fatal(err)
			}
			if again := marshal(t, &envelope); !bytes.Equal(again, whole) {
				t.Fatalf("protobuf-go writes it as %x", again)
			}
			member, payload := lastField(t, whole)
			if c.payload == nil {
				if envelope.Payload != nil || member >= 10 {
					t.Fatalf("has the payload %v", envelope.Payload)
				}
				return
			}
			if member != c.member {
				t.Fatalf("payload is member %d, want %d", member, c.member)
			}
			if got := c.payload.Append(nil); !bytes.Equal(got, payload) {
				t.Fatalf("Append gives %x, want %x", got, payload)
			}
			parsed := reflect.New(reflect.TypeOf(c.payload).Elem()).Interface().(message)
			if err := parsed.Parse(payload); err != nil || !reflect.DeepEqual(parsed, c.payload) {
				t.Fatalf("Parse gives %+v, %v", parsed, err)
			}
		})
	}
}

// lastField returns the number and the content, if it has any, of the last field of b.
func lastField(t *testing.T, b []byte) (last protowire.Number, content []byte) {
	t.Helper()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		size := protowire.ConsumeFieldValue(num, typ, b[max(n, 0):])
		if n < 0 || size < 0 {
			t.Fatalf("malformed: %x", b)
		}
		last, content = num, nil
		if typ == protowire.BytesType {
			content, _ = protowire.ConsumeBytes(b[n:])
		}
		b = b[n+size:]
	}
	return last, content
}

// A guest pays for every package below this one.
func TestStaysLean(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "workcell/guests/board/pm")
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, heavy := range []string{"fmt", "reflect", "strconv", "sort", "os"} {
		if slices.Contains(strings.Fields(string(out)), heavy) {
			t.Errorf("depends on %s", heavy)
		}
	}
}
