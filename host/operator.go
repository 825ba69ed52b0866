package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"workcell/abi"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
)

// operator is who the host's own calls come from: nobody's user, on no connection. What it ends of others' subscriptions
// is ended.
type operator struct {
	apiUser
	hub *fanout.Hub
}

var _ dispatch.Caller = (*operator)(nil)

// Apply implements dispatch.Caller.
func (o *operator) Apply(commit storage.Sequence, changes []sandbox.Change, _ bool) {
	o.hub.Apply(new(fanout.Subscriber), commit, changes, false)
}

// manageMembers is an admin.Manage.
func (h *Host) manageMembers(ctx context.Context, request abi.MembersRequest) (abi.Members, error) {
	reply, err := h.dispatch.Call(ctx, &operator{hub: h.hub}, abi.RouteMembers, abi.AppendMembersRequest(nil, &request))
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return abi.Members{}, fmt.Errorf("%s: %s", f.WireCode(), f.Text())
	}
	if err != nil {
		return abi.Members{}, err
	}
	members, ok := abi.ParseMembers(reply)
	if !ok {
		return abi.Members{}, fmt.Errorf("the handler answers %d bytes that are no list of members", len(reply))
	}
	return members, nil
}

// forgetActivity deletes activity rows that are older than the operator wants to keep.
func (h *Host) forgetActivity(ctx context.Context) {
	age := time.Duration(h.config.ActivityLogRetentionDays) * 24 * time.Hour
	deleted, err := h.dispatch.Forget(ctx, &operator{hub: h.hub}, age)
	if deleted > 0 {
		h.log.Info(telemetry.EventForgotten, telemetry.Count, deleted)
	}
	if err != nil && ctx.Err() == nil {
		h.log.Warn("old activity was not deleted, the next attempt is at activity_log.cleanup_interval_hours", telemetry.Error, err)
	}
}
