package board

import (
	"testing"

	"pgregory.net/rapid"

	"workcell/guests/board/pm"
)

// drawItem draws a work item as it is stored, with nearly any content.
func drawItem(t *rapid.T) *pm.WorkItem {
	id := rapid.Custom(func(t *rapid.T) string { return drawID(t, "id").String() })
	it := &pm.WorkItem{
		Id: id.Draw(t, "id"), ItemType: pm.WorkItemType(rapid.Int32().Draw(t, "type")), ProjectId: id.Draw(t, "project"),
		Position: rapid.Int32().Draw(t, "position"), Title: rapid.String().Draw(t, "title"),
		UpdatedAt: rapid.Int64().Draw(t, "updated"), Version: rapid.Int32().Draw(t, "version"), ItemNumber: rapid.Int32().Draw(t, "number"),
	}
	if rapid.Bool().Draw(t, "below") {
		it.ParentId = new(id.Draw(t, "parent"))
	}
	if rapid.Bool().Draw(t, "deleted") {
		it.DeletedAt = new(rapid.Int64().Draw(t, "deleted at"))
	}
	if rapid.Bool().Draw(t, "from a newer version") {
		it.Unknown = []byte{0xc1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8, 0xc5, 0x3e, 1, 2, 3, 4, 0xc0, 0x3e, 0x80, 1}
	}
	return it
}

// wantListed is what a list needs to know of it.
func wantListed(it *pm.WorkItem) listed {
	l := listed{
		id: id16(it.Id), position: it.Position, number: it.ItemNumber, updatedAt: it.UpdatedAt, deleted: it.DeletedAt != nil,
	}
	if it.ParentId != nil {
		l.parent = id16(*it.ParentId)
	}
	return l
}

func TestReadListedAgreesWithParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := drawItem(t)
		if it.Id == (uuid{}).String() {
			t.Skip("no item has this id")
		}
		got, ok := readListed(it.Append(nil))
		if !ok {
			t.Fatal("refused")
		}
		same(t, "listed", got, wantListed(it))
	})
}

// Of bytes that no handler wrote, readListed may refuse what Parse takes, but must not understand them differently.
func FuzzReadListed(f *testing.F) {
	f.Add((&pm.WorkItem{Id: unknownID, ItemNumber: 3, Position: 2, ParentId: new(unknownID), DeletedAt: new(int64(0))}).Append(nil))
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0x80})
	f.Add([]byte{0x0b, 0x0c})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := readListed(b)
		var it pm.WorkItem
		if err := it.Parse(b); !ok || err != nil {
			return
		}
		if _, valid := parseUUID(it.Id); !valid {
			t.Fatalf("took the id %q", it.Id)
		}
		same(t, "listed", got, wantListed(&it))
	})
}
