package board

import (
	"testing"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// Creating an item costs the same in a small project as in a large one, to the byte. The small project's items have the
// highest numbers of the large one's, because a number takes more bytes the higher it is.
func TestCreatingDoesTheSameWorkInEveryProject(t *testing.T) {
	var work [2][2]guest.Work
	for i, first := range []int32{20_000 - 19, 1} {
		w := newWorld(t)
		project := seed(w, first, 20_000)
		w.fsck()
		var s *pm.WorkItem
		for _, it := range w.list(project) {
			if it.ItemType == story && it.AncestorIds != nil {
				s = it
			}
		}
		w.item(project, epic, "At the top", nil)
		work[i][0] = w.Work
		w.item(project, task, "Below a story", s)
		work[i][1] = w.Work
	}
	same(t, "work in a project of 20 000 items and of 20", work[1], work[0])
	same(t, "at the top", [4]int{work[0][0].Gets, work[0][0].Scans, work[0][0].PairsScanned, work[0][0].Puts}, [4]int{3, 1, 1, 6})
	same(t, "below a story", [4]int{work[0][1].Gets, work[0][1].Scans, work[0][1].PairsScanned, work[0][1].Puts}, [4]int{7, 1, 1, 6})
}

func TestListingReadsTheProjectOnce(t *testing.T) {
	w := newWorld(t)
	project := seed(w, 1, 1000)
	w.list(project)
	same(t, "work", [3]int{w.Work.Gets, w.Work.Scans, w.Work.PairsScanned}, [3]int{1, 1, 1000})
}

// What hangs on an item costs the same whether it is the first or the thousandth, and a page costs a page.
func TestHangingThingsOnAnItemDoesTheSameWork(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	var first [2]guest.Work
	for i := range 1000 {
		w.comment(it, "c")
		comment := w.Work
		w.entry(it, 1)
		entry := w.Work
		if i == 0 {
			first = [2]guest.Work{comment, entry}
		}
		if i == 999 {
			for n, last := range []guest.Work{comment, entry} {
				if last.Gets != first[n].Gets || last.Puts != first[n].Puts || last.PairsScanned > 1 || last.BytesRead > first[n].BytesRead+300 {
					t.Errorf("the first %+v, the last %+v", first[n], last)
				}
			}
		}
	}
	w.ok(getEntriesRoute, &pm.GetTimeEntriesRequest{WorkItemId: it.Id, Limit: new(int32(10)), Offset: new(int32(500))}, nil)
	same(t, "records read for a page of 10", w.Work.Gets, 3+10)
}
