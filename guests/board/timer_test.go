package board

import (
	"math"
	"testing"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// runs returns the timer that the one who asks has running.
func (w *world) runs() *pm.TimeEntry {
	w.t.Helper()
	var reply pm.RunningTimerResponse
	w.ok(getTimerRoute, &pm.GetRunningTimerRequest{}, &reply)
	return reply.TimeEntry
}

func TestTimersStartAndStop(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it := w.item(project, task, "T", nil)
	w.as(ed)
	if w.runs() != nil {
		t.Fatal("a timer runs")
	}

	now := w.TimeMS / 1000
	var started pm.TimerStarted
	r := w.ok(startTimerRoute, &pm.StartTimerRequest{WorkItemId: it.Id, Description: new(" `<script>` ")}, &started)
	want := &pm.TimeEntry{
		Id: started.TimeEntry.Id, WorkItemId: it.Id, UserId: ed.String(), StartedAt: now, Description: new("`<script>`"), CreatedAt: now, UpdatedAt: now,
	}
	same(t, "started", &started, &pm.TimerStarted{TimeEntry: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 120, entryRow(w, want.Id, "created", 0), nil)
	same(t, "running", w.runs(), want)
	if w.as(ann).runs() != nil {
		t.Fatal("another's timer runs")
	}

	w.as(ed).TimeMS += 90_000_000 // more than a day
	now += 90_000
	var stopped pm.TimerStopped
	r = w.ok(stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: want.Id}, &stopped)
	want.EndedAt, want.DurationSeconds, want.UpdatedAt = &now, new(int32(90_000)), now
	same(t, "stopped", &stopped, &pm.TimerStopped{TimeEntry: want, UserId: ed.String()})
	announced(t, r, modelScope(project), 121, entryRow(w, want.Id, "updated", 1), []*pm.FieldChange{change("ended_at", nil, modelTime(&now))})
	if w.runs() != nil {
		t.Fatal("the timer runs on")
	}
	w.fsck()
}

// Starting a timer stops the one before, and says so where that one was.
func TestATimerStopsTheOneBefore(t *testing.T) {
	w := newWorld(t)
	one, two := w.project("P", "PP"), w.project("Q", "QQ")
	a, b, c := w.item(one, task, "A", nil), w.item(one, task, "B", nil), w.item(two, task, "C", nil)
	for _, tc := range []struct {
		name string
		it   *pm.WorkItem
		want []uint32 // payload fields of events
		in   []string // their projects
	}{
		{"the first", a, []uint32{142, 120}, []string{one, one}},
		{"in the same project", b, []uint32{142, 142, 120}, []string{one, one, one}},
		{"on the same item", b, []uint32{142, 142, 120}, []string{one, one, one}},
		{"in another project", c, []uint32{142, 121, 142, 120}, []string{one, one, two, two}},
	} {
		before := w.runs()
		w.TimeMS += 60_000
		now := w.TimeMS / 1000
		var reply pm.TimerStarted
		r := w.ok(startTimerRoute, &pm.StartTimerRequest{WorkItemId: tc.it.Id}, &reply)
		if before != nil {
			before.EndedAt, before.DurationSeconds, before.UpdatedAt = &now, new(int32(60)), now
		}
		same(t, tc.name, reply.StoppedEntry, before)
		same(t, tc.name, w.runs(), reply.TimeEntry)
		same(t, tc.name+": events", len(r.Events), len(tc.want))
		for i, e := range r.Events {
			same(t, tc.name+": event", e.Route, tc.want[i])
			same(t, tc.name+": scope", e.Scopes[0], modelScope(tc.in[i]))
			if e.Route == 121 {
				same(t, tc.name, e.Payload, (&pm.TimerStopped{TimeEntry: before, UserId: ann.String()}).Append(nil))
			}
		}
		w.fsck()
	}
}

func TestARunningTimerCanBeChanged(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	e := w.timer(it)
	now := w.TimeMS / 1000

	w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: e.Id, StartedAt: new(now + 60), Description: new("d")}, nil)
	e.StartedAt, e.Description = now+60, new("d")
	same(t, "it runs on", w.runs(), e)
	w.fsck()

	// It would end before it starts.
	var stopped pm.TimerStopped
	w.ok(stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: e.Id}, &stopped)
	same(t, "duration", [2]int64{*stopped.TimeEntry.EndedAt, int64(*stopped.TimeEntry.DurationSeconds)}, [2]int64{now + 60, 0})
	w.fsck()

	// An end stops it.
	e = w.timer(it)
	w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: e.Id, StartedAt: new(now - 100), EndedAt: new(now - 50)}, nil)
	if w.runs() != nil {
		t.Error("it runs on")
	}
	w.fsck()

	// Deleting it stops it too.
	e = w.timer(it)
	w.ok(deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: e.Id}, nil)
	if w.runs() != nil {
		t.Error("it runs on")
	}
	w.fsck()
}

// Time goes on for who has lost the item or his role: his timer can be stopped, changed and deleted, and the project hears
// of it.
func TestATimerOutlivesItsItemAndTheRole(t *testing.T) {
	w := newWorld(t)
	project := w.project("P", "PP")
	w.member(project, ed, editor)
	it, kept := w.item(project, task, "T", nil), w.item(project, task, "K", nil)
	e, finished := w.as(ed).timer(it), w.entry(it, 1)
	w.as(ann).ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: it.Id}, nil)
	w.unmember(project, ed)
	w.as(ed)
	for _, call := range []struct {
		route uint32
		req   record
	}{
		{stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: e.Id}},
		{updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: e.Id, Description: new("d"), StartedAt: new(e.StartedAt - 10)}},
		{deleteEntryRoute, &pm.DeleteTimeEntryRequest{TimeEntryId: finished.Id}},
	} {
		r := w.ok(call.route, call.req, nil)
		for _, event := range r.Events {
			same(t, "scope", event.Scopes[0], modelScope(project))
		}
		same(t, "events", len(r.Events), map[uint32]int{stopTimerRoute: 2, updateEntryRoute: 3, deleteEntryRoute: 2}[call.route])
		w.fsck()
	}

	// And a timer on a deleted item makes room for another.
	w.member(project, ed, editor)
	e = w.timer(kept)
	w.as(ann).ok(deleteItemRoute, &pm.DeleteWorkItemRequest{WorkItemId: kept.Id}, nil)
	next := w.item(project, task, "N", nil)
	var reply pm.TimerStarted
	w.as(ed).ok(startTimerRoute, &pm.StartTimerRequest{WorkItemId: next.Id}, &reply)
	same(t, "stopped", reply.StoppedEntry.Id, e.Id)
	w.fsck()
}

// A duration has 32 bits.
func TestAVeryOldTimerStops(t *testing.T) {
	w := newWorld(t)
	e := w.timer(w.item(w.project("P", "PP"), task, "T", nil))
	w.ok(updateEntryRoute, &pm.UpdateTimeEntryRequest{TimeEntryId: e.Id, StartedAt: new(int64(firstTime))}, nil)
	var reply pm.TimerStopped
	w.ok(stopTimerRoute, &pm.StopTimerRequest{TimeEntryId: e.Id}, &reply)
	same(t, "duration", *reply.TimeEntry.DurationSeconds, int32(math.MaxInt32))
	if problems, _ := w.check(); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestADamagedTimerIsAnInternalError(t *testing.T) {
	w := newWorld(t)
	it := w.item(w.project("P", "PP"), task, "T", nil)
	w.timer(it)
	for name, value := range map[string]record{"nothing": &pm.Ref{}, "an entry that is not there": &pm.Ref{Id: id16b(unknownID)}} {
		w.raw(func(c *guest.Call) { store(c, timerKey(uuid(ann)), value) })
		for _, call := range []struct {
			route uint32
			req   record
		}{{startTimerRoute, &pm.StartTimerRequest{WorkItemId: it.Id}}, {getTimerRoute, &pm.GetRunningTimerRequest{}}} {
			same(t, name, w.refusal(call.route, call.req), "INTERNAL_ERROR")
		}
	}
}
