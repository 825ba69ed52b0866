package board

import (
	"bytes"
	"testing"

	"workcell/abi"
	"workcell/guests/guest"
)

// Whatever record is lost, changed beyond reading or in the wrong place.
func TestTheCheckMissesNoRecord(t *testing.T) {
	z := newZoo(t)
	z.fsck()
	pairs := z.Pairs(dataSet)
	tables := map[byte]bool{}
	for i := 0; i < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		tables[key[0]] = true
		name := hexText(key)
		if key[0] != 'u' || bytes.Equal(key[1:], ed[:]) { // nothing depends on a user without items
			z.damaged("loss of "+name, func(c *guest.Call) { c.Delete(dataSet, key) })
		}
		z.damaged("end of "+name, func(c *guest.Call) { c.Put(dataSet, key, append(bytes.Clone(value), 0x80)) })
		z.damaged("empty "+name, func(c *guest.Call) { c.Put(dataSet, key, nil) })
		z.damaged("version of "+name, func(c *guest.Call) { c.Put(dataSet, key, append([]byte{2}, value[1:]...)) })
		z.damaged("blank "+name, func(c *guest.Call) { c.Put(dataSet, key, []byte{1}) })
		z.damaged("longer key of "+name, func(c *guest.Call) { c.Put(dataSet, append(bytes.Clone(key), make([]byte, 20)...), value) })
		z.damaged("other table for "+name, func(c *guest.Call) { c.Put(dataSet, append([]byte{'?'}, key[1:]...), value) })
		for j := i + 2; j < len(pairs) && pairs[j][0] == key[0]; j += 2 {
			// Two updates of the same second may have come in any order, and a counter only must be high enough.
			together := key[0] == 'a' && bytes.Equal(key[:18], pairs[j][:18]) || key[0] == 'n'
			if other := pairs[j+1]; !bytes.Equal(value, other) && !together {
				z.damaged(name+" exchanged with "+hexText(pairs[j]), func(c *guest.Call) {
					c.Put(dataSet, key, other)
					c.Put(dataSet, pairs[j], value)
				})
			}
		}
	}
	for table := range checks {
		if checks[table].check != nil && !tables[byte(table)] {
			t.Errorf("the zoo has no record in table %c", table)
		}
	}
	z.fsck()
}

func TestTheCheckCounts(t *testing.T) {
	_, counts := newZoo(t).check()
	same(t, "counts", counts, map[string]uint64{
		"projects": 1, "work items": 3, "sprints": 2, "comments": 2, "time entries": 3, "dependencies": 3, "deleted entities": 6,
		"members": 4, "users": 3, "activity rows": 30,
	})
}

// A page is bounded in every way, and no page leaves anything out.
func TestTheCheckWorksInPages(t *testing.T) {
	w := newWorld(t)
	project := seed(w, 1, 3000)
	pages, items := 0, uint64(0)
	for cursor := []byte{}; pages == 0 || len(cursor) > 0; pages++ {
		page, ok := abi.ParseCheck(w.Call(abi.RouteCheck, cursor).Reply)
		if !ok || len(page.Problems) > 0 || w.Work.PairsScanned > maxCheckRecords+1 || w.Work.Gets > maxCheckReads+10 || w.Work.BytesRead > maxCheckBytes+1<<16 {
			t.Fatalf("page %d: %+v, %+v", pages, page.Problems, w.Work)
		}
		for _, c := range page.Counts {
			if c.Name == "work items" {
				items += c.N
			}
		}
		cursor = page.Cursor
	}
	if pages < 12 || items != 3000 { // of more than 12 000 records
		t.Errorf("%d items on %d pages", items, pages)
	}

	// Many problems, or large records, make pages short.
	w.raw(func(c *guest.Call) {
		for n := range int32(300) {
			c.Put(dataSet, itemKeyOf(project, n+1), []byte{1, 0})
		}
	})
	problems := 0
	for cursor := []byte("w"); ; {
		page, ok := abi.ParseCheck(w.Call(abi.RouteCheck, cursor).Reply)
		if !ok || len(page.Problems) > maxCheckProblems+10 {
			t.Fatalf("%d problems", len(page.Problems))
		}
		problems += len(page.Problems)
		if cursor = page.Cursor; len(cursor) == 0 {
			break
		}
	}
	same(t, "problems: 300 items, and 3 below the last of them", problems, 303)
	w.raw(func(c *guest.Call) {
		for n := range byte(20) {
			c.Put(dataSet, []byte{'z', 'z', n}, make([]byte, 1<<20))
		}
	})
	page, ok := abi.ParseCheck(w.Call(abi.RouteCheck, []byte("zz")).Reply)
	same(t, "records of a MiB on a page", [2]any{len(page.Problems), ok}, [2]any{4, true})
}

func itemKeyOf(project string, number int32) []byte {
	return items.liveKey(place{id16(project), number})
}

// What was left may be gone by the time it is asked for.
func TestTheCheckEndsBehindTheLastRecord(t *testing.T) {
	w := newWorld(t)
	r := w.Call(abi.RouteCheck, []byte{0xff})
	same(t, "reply", r.Reply, abi.AppendCheck(nil, &abi.Check{}))
}

func TestTheCheckRefusesALongCursor(t *testing.T) {
	w := newWorld(t)
	r := w.Call(abi.RouteCheck, make([]byte, abi.MaxKeyBytes+1))
	same(t, "refusal", r.Refusal.Code, abi.CodeDecode)
}

// A key can be longer than a problem may be.
func TestTheCheckCutsLongProblems(t *testing.T) {
	w := newWorld(t)
	w.raw(func(c *guest.Call) { c.Put(dataSet, bytes.Repeat([]byte{'?'}, abi.MaxKeyBytes), nil) })
	problems, _ := w.check()
	same(t, "problems", [2]int{len(problems), len(problems[0])}, [2]int{1, abi.MaxCheckProblemBytes})
}
