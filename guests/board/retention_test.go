package board

import (
	"testing"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// retain makes one call of the retention.
func (w *world) retain(q abi.RetentionRequest) abi.RetentionReply {
	w.t.Helper()
	r := w.Call(abi.RouteRetention, abi.AppendRetentionRequest(nil, &q))
	reply, ok := abi.ParseRetentionReply(r.Reply)
	if r.Refusal != nil || !ok || len(r.Events) > 0 {
		w.t.Fatalf("retention: %v %v", r.Refusal, r.Log)
	}
	return reply
}

func TestRetentionDeletesWhatIsOlder(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "0", nil)
	for i := range int32(9) { // a row each second
		w.TimeMS += 1000
		w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: i + 1, Title: decimal(new(i + 1))}, nil)
	}
	last := w.TimeMS
	same(t, "nothing is older", w.retain(abi.RetentionRequest{BeforeMS: last - 9000}), abi.RetentionReply{})
	same(t, "within the second of the first rows", w.retain(abi.RetentionRequest{BeforeMS: last - 8001}), abi.RetentionReply{})
	same(t, "the first rows", w.retain(abi.RetentionRequest{BeforeMS: last - 8000}), abi.RetentionReply{Deleted: 2}) // of the project too
	w.fsck()

	reply := w.retain(abi.RetentionRequest{BeforeMS: last - 2000, Limit: 3})
	same(t, "three of six", reply.Deleted, uint32(3))
	reply = w.retain(abi.RetentionRequest{BeforeMS: last - 2000, Limit: 3, Cursor: reply.Cursor})
	same(t, "three more", reply.Deleted, uint32(3))
	reply = w.retain(abi.RetentionRequest{BeforeMS: last - 2000, Limit: 3, Cursor: reply.Cursor})
	same(t, "the rest is younger", reply, abi.RetentionReply{})
	w.fsck()

	list := w.history("work_item", it.Id, 0, 0)
	same(t, "what is left", [3]any{list.TotalCount, list.HasMore, len(list.Entries)}, [3]any{int32(3), false, 3})
	same(t, "the oldest left", list.Entries[2].NewValue, new("7"))
	list = w.history("work_item", it.Id, 2, 1)
	same(t, "its end", [3]any{list.TotalCount, list.HasMore, *list.Entries[0].NewValue}, [3]any{int32(3), false, "8"})

	same(t, "the rest", w.retain(abi.RetentionRequest{BeforeMS: last + 1000}), abi.RetentionReply{Deleted: 3})
	same(t, "empty", w.history("work_item", it.Id, 0, 0), &pm.ActivityLogList{})
	w.fsck()
	w.ok(updateItemRoute, &pm.UpdateWorkItemRequest{WorkItemId: it.Id, ExpectedVersion: 10, Title: new("on")}, nil)
	same(t, "it goes on", w.history("work_item", it.Id, 0, 0).TotalCount, int32(1))
	w.fsck()
}

// However much there is to do, a call does a bounded part of it.
func TestRetentionWorksInSmallPieces(t *testing.T) {
	w := newWorld(t)
	seed(w, 1, 2500) // and a project: 2501 histories of a row
	later := w.TimeMS + 1000
	var q abi.RetentionRequest
	for calls := 1; ; calls++ {
		reply := w.retain(q)
		same(t, "nothing is old", reply.Deleted, uint32(0))
		if w.Work.PairsScanned > 2*maxOldHistories+1 {
			t.Fatalf("%d records read", w.Work.PairsScanned)
		}
		if q.Cursor = reply.Cursor; len(q.Cursor) == 0 {
			same(t, "calls", calls, 3)
			break
		}
	}
	q.BeforeMS = later
	for _, want := range []uint32{maxOldRows, maxOldRows, 501} {
		reply := w.retain(q)
		same(t, "deleted", reply.Deleted, want)
		same(t, "writes", w.Work.Puts+w.Work.Deletes, 2*int(want))
		q.Cursor = reply.Cursor
	}
	same(t, "the end", len(q.Cursor), 0)
	w.fsck()
}

func TestRetentionRefuses(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	good := abi.AppendRetentionRequest(nil, &abi.RetentionRequest{})
	for name, request := range map[string][]byte{
		"nothing":                   nil,
		"half a request":            good[:5],
		"a cursor somewhere else":   abi.AppendRetentionRequest(nil, &abi.RetentionRequest{Cursor: []byte("w")}),
		"a cursor that is too long": abi.AppendRetentionRequest(nil, &abi.RetentionRequest{Cursor: append([]byte("h"), make([]byte, keySize)...)}),
	} {
		if r := w.Call(abi.RouteRetention, request); r.Refusal == nil || r.Refusal.Code != abi.CodeDecode {
			t.Errorf("%s: %v", name, r.Refusal)
		}
	}
	s := subject{kindProject, id16(project)}
	for name, damage := range map[string]func(c *guest.Call){
		"a history that does not decode": func(c *guest.Call) { c.Put(dataSet, historyKey(s), []byte{1, 0}) },
		"a row that does not decode":     func(c *guest.Call) { c.Put(dataSet, activityKey(s, 0), []byte{1, 0}) },
		"a gap": func(c *guest.Call) {
			store(c, activityKey(s, 1), &pm.ActivityLogEntry{})
			store(c, historyKey(s), &pm.History{Next: 2})
			drop(c, activityKey(s, 0))
		},
	} {
		w := newWorld(t)
		same(t, "project", w.project("P", "PP"), project)
		w.raw(damage)
		r := w.Call(abi.RouteRetention, abi.AppendRetentionRequest(nil, &abi.RetentionRequest{BeforeMS: w.TimeMS + 1000}))
		if r.Refusal == nil || r.Refusal.Code != abi.CodeInternal {
			t.Errorf("%s: %v", name, r.Refusal)
		}
	}
}
