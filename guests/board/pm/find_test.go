package pm_test

import (
	"encoding/hex"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"workcell/guests/board/pm"
)

func TestFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := pm.ActivityLogEntry{
			Id: rapid.String().Draw(t, "id"), Action: rapid.String().Draw(t, "action"), Timestamp: rapid.Int64().Draw(t, "time"),
			Comment: new(rapid.String().Draw(t, "comment")),
		}
		b := row.Append(nil)
		at, ok := pm.Integer(b, 9)
		id, also := pm.Bytes(b, 1)
		if !ok || !also || !pm.Valid(b) || at != row.Timestamp || string(id) != row.Id {
			t.Fatalf("%+v: %d %q", row, at, id)
		}
		if absent, ok := pm.Integer(b, 7); absent != 0 || !ok {
			t.Fatalf("field 7 is %d, %t", absent, ok)
		}
		b = protowire.AppendVarint(protowire.AppendTag(b, 9, protowire.VarintType), 5) // the last one counts
		if at, ok := pm.Integer(b, 9); at != 5 || !ok {
			t.Fatalf("twice: %d, %t", at, ok)
		}
	})
}

func TestFindRefusesWhatIsNoMessage(t *testing.T) {
	for _, v := range verdicts {
		b, err := hex.DecodeString(v.hex)
		if err != nil {
			t.Fatal(err)
		}
		var m pm.UpdateWorkItemRequest
		want := v.accepted || v.name == "text that is not UTF-8" || v.name == "text with half a surrogate pair"
		if got := pm.Valid(b); got != want || (m.Parse(b) == nil) && !got {
			t.Errorf("%s: valid %t", v.name, got)
		}
		_, isInt := pm.Integer(b, 2)
		_, isText := pm.Bytes(b, 1)
		if isInt != want || isText != want {
			t.Errorf("%s: %t %t", v.name, isInt, isText)
		}
	}
}
