package tryout

import (
	"github.com/google/uuid"

	"workcell/abi"
	"workcell/host/sandbox"
)

// Report is what one call did.
type Report struct {
	Route   uint32   `json:"route"`
	Name    string   `json:"name"`
	Status  string   `json:"status"`            // ok, refused, trapped, out_of_fuel, timed_out, failed
	Reason  string   `json:"reason,omitempty"`  // of a trap, in one word
	Detail  string   `json:"detail,omitempty"`  // of whatever did not end well
	Refusal *Refusal `json:"refusal,omitempty"` // what the client would be told
	Reply   Text     `json:"reply"`
	Writes  []Write  `json:"writes,omitempty"`
	Events  []Event  `json:"events,omitempty"`
	Changes []Change `json:"changes,omitempty"`

	Fuel      uint64 `json:"fuel"`
	HostCalls int    `json:"host_calls"`
	ScanBytes int    `json:"scan_bytes"`
	Log       []Line `json:"log,omitempty"`
	Stderr    string `json:"stderr,omitempty"`
}

// Refusal is why the handler refused.
type Refusal struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Write is a pair that was written, or a key that was deleted.
type Write struct {
	Set     string `json:"set"`
	Key     Text   `json:"key"`
	Value   Text   `json:"value,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// Event is what was emitted.
type Event struct {
	Scopes  []string `json:"scopes"`
	Route   uint32   `json:"route"`
	Payload Text     `json:"payload"`
}

// Change is a change of subscriptions.
type Change struct {
	Kind  string `json:"kind"` // subscribe, unsubscribe, revoke
	Scope string `json:"scope"`
	User  string `json:"user,omitempty"` // whose, of revoke
}

// Line is what the handler logged.
type Line struct {
	Level string `json:"level"`
	Line  string `json:"line"`
}

var levels = [...]string{abi.LogDebug: "debug", abi.LogInfo: "info", abi.LogWarn: "warn", abi.LogError: "error"}

var changeNames = [...]string{sandbox.Subscribe: "subscribe", sandbox.Unsubscribe: "unsubscribe", sandbox.Revoke: "revoke"}

// tell fills in what a run did.
func (r *Report) tell(c *sandbox.Call, out sandbox.Outcome) {
	r.Status, r.Reason, r.Fuel = out.Status.String(), string(out.Reason), out.Fuel
	r.HostCalls, r.ScanBytes, r.Stderr = c.Used.HostCalls, c.Used.ScanBytes, string(c.Stderr)
	if out.Err != nil {
		r.Detail = out.Err.Error()
	}
	if out.Status == sandbox.Refused {
		refusal := c.Effects.Refusal
		r.Refusal = &Refusal{refusal.Code.String(), refusal.Field, refusal.Message}
	}
	r.Reply = append(Text{}, c.Effects.Reply...)
	for _, e := range c.Effects.Events {
		event := Event{Route: e.Route, Payload: append(Text{}, e.Payload...)}
		for _, s := range e.Scopes {
			event.Scopes = append(event.Scopes, s.String())
		}
		r.Events = append(r.Events, event)
	}
	for _, change := range c.Effects.Changes {
		told := Change{Kind: changeNames[change.Kind], Scope: change.Scope.String()}
		if change.Kind == sandbox.Revoke {
			told.User = uuid.UUID(change.User).String()
		}
		r.Changes = append(r.Changes, told)
	}
}
