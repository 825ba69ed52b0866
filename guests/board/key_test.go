package board

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
)

func drawID(t *rapid.T, name string) uuid {
	return uuid(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0x80, 0xfe, 0xff}), 16, 16).Draw(t, name))
}

func TestSiblingsSortByPositionThenNumberTheLastFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		project, parent := drawID(t, "project"), drawID(t, "parent")
		n := rapid.Int32Range(0, math.MaxInt32)
		p1, n1 := n.Draw(t, "p1"), n.Draw(t, "n1")
		p2, n2 := rapid.OneOf(n, rapid.Just(p1)).Draw(t, "p2"), n.Draw(t, "n2")
		order := bytes.Compare(siblingKey(project, parent, p1, n1), siblingKey(project, parent, p2, n2))
		want := 0
		switch {
		case p1 < p2 || p1 == p2 && n1 < n2:
			want = 1
		case p1 != p2 || n1 != n2:
			want = -1
		}
		if order != want {
			t.Fatalf("(%d,%d) and (%d,%d) compare as %d", p1, n1, p2, n2, order)
		}
		if p, n := siblingPlace(siblingKey(project, parent, p1, n1)); p != p1 || n != n1 {
			t.Fatalf("(%d,%d) reads back as (%d,%d)", p1, n1, p, n)
		}
	})
}

func TestEndIsBehindAllKeysWithThePrefixAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t, "id")
		prefix := key('w', id)
		limit := end(prefix)
		inside := append(append([]byte(nil), prefix...), rapid.SliceOf(rapid.Byte()).Draw(t, "rest")...)
		if bytes.Compare(inside, limit) >= 0 {
			t.Fatalf("%x is not before %x", inside, limit)
		}
		other := key('w', drawID(t, "other"))
		if !bytes.HasPrefix(other, prefix) && bytes.Compare(other, prefix) > 0 && bytes.Compare(other, limit) < 0 {
			t.Fatalf("%x lies before %x", other, limit)
		}
	})
}

func TestKeysHaveRoom(t *testing.T) {
	var id uuid
	for name, k := range map[string][]byte{
		"sibling":  siblingKey(id, id, 1, 1),
		"start":    startKey(id, 1, 1),
		"link":     outgoingKey(id, id),
		"activity": activityKey(subject{kindWorkItem, id}, 1),
		"name":     projectNameKey("ABCDEFGHIJKLMNOPQRST"),
	} {
		if len(k) > keySize || len(k) > abi.MaxKeyBytes {
			t.Errorf("%s key has %d bytes", name, len(k))
		}
	}
}

func TestActivityKeysSortByNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, math.MaxInt64)
		a, b := n.Draw(t, "a"), n.Draw(t, "b")
		s := subject{kindProject, drawID(t, "id")}
		if (bytes.Compare(activityKey(s, a), activityKey(s, b)) < 0) != (a < b) {
			t.Fatalf("rows %d and %d are out of order", a, b)
		}
	})
}

func TestTimeEntriesSortByStartThenNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item, start, number := drawID(t, "item"), rapid.Int64(), rapid.Int32Range(1, math.MaxInt32)
		s1, n1 := start.Draw(t, "s1"), number.Draw(t, "n1")
		s2, n2 := rapid.OneOf(start, rapid.Just(s1)).Draw(t, "s2"), number.Draw(t, "n2")
		want := s1 < s2 || s1 == s2 && n1 < n2
		if (bytes.Compare(startKey(item, s1, n1), startKey(item, s2, n2)) < 0) != want {
			t.Fatalf("(%d,%d) and (%d,%d) are out of order", s1, n1, s2, n2)
		}
		if got := lastUint32(startKey(item, s1, n1), 4); got != uint32(n1) {
			t.Fatalf("number reads back as %d", got)
		}
	})
}
