package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// startTimer starts a timer on an item, and stops the one that the caller has running anywhere else.
func startTimer(c *guest.Call) error {
	var req pm.StartTimerRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	description, err := cleanEntryDescription(c, req.Description)
	if err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, editor)
	if err != nil {
		return err
	}
	reply := &pm.TimerStarted{UserId: caller(c).String()}
	stopped, err := runningTimer(c)
	if err != nil {
		return err
	}
	if stopped != nil {
		if err := endTimer(c, stopped); err != nil {
			return err
		}
		reply.StoppedEntry = &stopped.row
		if stopped.project != it.project { // where the reply is not announced
			m := &pm.TimerStopped{TimeEntry: &stopped.row, UserId: reply.UserId}
			c.Emit(eventTimerStopped, encode(m), projectScope(stopped.project))
		}
	}

	e, err := addEntry(c, it, c.Now(), nil, description)
	if err != nil {
		return err
	}
	reply.TimeEntry = &e.row
	if err := addActivity(c, entries.subject(e.id), actionCreated, nil, projectScope(e.project)); err != nil {
		return err
	}
	publish(c, eventTimerStarted, reply, projectScope(e.project))
	return nil
}

// stopTimer stops the timer that the request names.
func stopTimer(c *guest.Call) error {
	var req pm.StopTimerRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	e, err := entryToChange(c, req.TimeEntryId)
	if err != nil {
		return err
	}
	if e.row.EndedAt != nil {
		return invalid("time_entry_id", "The timer is not running")
	}
	if err := endTimer(c, e); err != nil {
		return err
	}
	publish(c, eventTimerStopped, &pm.TimerStopped{TimeEntry: &e.row, UserId: e.row.UserId}, projectScope(e.project))
	return nil
}

// getRunningTimer replies with the caller's running timer, or with none.
func getRunningTimer(c *guest.Call) error {
	var req pm.GetRunningTimerRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	e, err := runningTimer(c)
	if err != nil {
		return err
	}
	var reply pm.RunningTimerResponse
	if e != nil {
		reply.TimeEntry = &e.row
	}
	c.Reply(encode(&reply))
	return nil
}
