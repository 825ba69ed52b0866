package dispatch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"workcell/abi"
	"workcell/host/fault"
	"workcell/storage/guard"
)

// How Forget keeps out of the way of others: a transaction deletes at most so many rows, and the next one waits a moment.
const (
	forgetRows  = 200
	forgetPause = 10 * time.Millisecond
)

// forgetRetry is for a transaction that lost against those of clients again and again.
var forgetRetry = guard.Retry{Attempts: 10, Jitter: true}

// Forget has the handlers delete the history that is older than an age, a little at a time, and returns how many rows were
// deleted. It is a job for the background. Without a handler that has history it is done at once.
func (d *Dispatcher) Forget(ctx context.Context, caller Caller, age time.Duration) (deleted int, err error) {
	request := abi.RetentionRequest{BeforeMS: d.clock.read() - age.Milliseconds(), Limit: forgetRows}
	for {
		var reply abi.RetentionReply
		step := func() (err error) {
			reply, err = d.forget(ctx, caller, &request)
			return err
		}
		err := forgetRetry.Again(ctx, step(), step, contended, nil)
		if err != nil {
			if errors.Is(err, ErrNoRoute) {
				err = nil
			}
			return deleted, err
		}
		deleted += int(reply.Deleted)
		if len(reply.Cursor) == 0 {
			return deleted, nil
		}
		if reply.Deleted == 0 && bytes.Equal(reply.Cursor, request.Cursor) {
			return deleted, errors.New("the handler that deletes old history does not get on: look at what it logs, or roll it back")
		}
		request.Cursor = reply.Cursor
		select {
		case <-time.After(forgetPause):
		case <-ctx.Done():
			return deleted, ctx.Err()
		}
	}
}

// forget is one transaction of Forget.
func (d *Dispatcher) forget(ctx context.Context, caller Caller, request *abi.RetentionRequest) (abi.RetentionReply, error) {
	raw, err := d.Call(ctx, caller, abi.RouteRetention, abi.AppendRetentionRequest(nil, request))
	if err != nil {
		return abi.RetentionReply{}, err
	}
	reply, ok := abi.ParseRetentionReply(raw)
	if !ok {
		return abi.RetentionReply{}, fmt.Errorf("the handler that deletes old history answers %d bytes that are no reply", len(raw))
	}
	return reply, nil
}

// contended reports whether err is a commit that lost to others.
func contended(err error) bool {
	f, ok := errors.AsType[*fault.Fault](err)
	return ok && f.Kind == fault.Contended
}
