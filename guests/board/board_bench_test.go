package board

import (
	"testing"

	"workcell/guests/board/pm"
)

func BenchmarkCreateItem(b *testing.B) {
	w := newWorld(b)
	project := w.project("P", "PP")
	w.item(project, epic, "E", nil)
	request := (&pm.CreateWorkItemRequest{ProjectId: project, ItemType: task, Title: "A title of usual length", Description: new("And a description.")}).Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if r := w.Call(createItemRoute, request); r.Refusal != nil {
			b.Fatal(r.Refusal)
		}
	}
}

func BenchmarkUpdateItem(b *testing.B) {
	w := newWorld(b)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	b.ReportAllocs()
	for b.Loop() {
		r := w.Call(updateItemRoute, (&pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: it.Version, StoryPoints: new(it.Version % 2)}).Append(nil))
		if r.Refusal != nil {
			b.Fatal(r.Refusal)
		}
		it.Version++
	}
}

func BenchmarkListItems(b *testing.B) {
	w := newWorld(b)
	project := seed(w, 1, 1000)
	request := (&pm.GetWorkItemsRequest{ProjectId: project}).Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		r := w.Call(getItemsRoute, request)
		if r.Refusal != nil {
			b.Fatal(r.Refusal)
		}
		b.SetBytes(int64(len(r.Reply)))
	}
}

// Reading the few fields a list needs against reading the whole message.
func BenchmarkReadListed(b *testing.B) {
	w := newWorld(b)
	it := w.list(seed(w, 1, 100))[50]
	it.AncestorIds, it.DescendantIds = nil, nil
	message := it.Append(nil)
	b.Run("few", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := readListed(message); !ok {
				b.Fatal("refused")
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var it pm.WorkItem
			if err := it.Parse(message); err != nil {
				b.Fatal(err)
			}
		}
	})
}
