package host

import (
	"context"

	"workcell/abi"
	"workcell/host/identity"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
)

// apiUser is the user of requests to the API that name none. It has no connection: nothing is sent to it.
type apiUser struct {
	identity abi.Identity
	opened   bool
}

// Identity implements dispatch.Caller, as do the methods below.
func (u *apiUser) Identity() abi.Identity                         { return u.identity }
func (u *apiUser) Opened() bool                                   { return u.opened }
func (u *apiUser) MarkOpened()                                    { u.opened = true }
func (u *apiUser) Reply(uint64, []byte)                           {}
func (u *apiUser) Apply(storage.Sequence, []sandbox.Change, bool) {}
func (u *apiUser) Resume(storage.Sequence) (bool, error)          { return true, nil }
func (u *apiUser) Holds(abi.Scope) bool                           { return false }
func (u *apiUser) Count() int                                     { return 0 }

// introduceAPIUser makes that user known to the handlers, which find its name in the configuration, and waits until that and
// all else that the start has written is durable. A store that takes no writes does not keep the appliance from reading.
func (h *Host) introduceAPIUser(ctx context.Context) error {
	user := &apiUser{identity: abi.Identity{User: identity.UserID(h.config.APILLMUserID)}}
	err := h.dispatch.Open(ctx, user)
	if err == nil {
		err = h.store.WaitDurable(ctx, h.store.Sequence())
	}
	if err != nil {
		h.log.Warn("the user of the API is not made known", telemetry.Error, err)
	}
	return nil
}
