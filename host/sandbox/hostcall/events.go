package hostcall

import (
	"fmt"

	"workcell/abi"
	"workcell/host/sandbox"
)

// events: what others learn of the call, and who hears it.
var events = []sandbox.Function{
	function("emit", "iiiii:", emit),
	function("subscribe", "iii:i", subscribe),
	function("unsubscribe", "iii:", unsubscribe),
	function("revoke", "iiii:", revoke),
}

// emit(scopes, scopes_len, route, ptr, len)
func emit(c *sandbox.Call, stack []uint64) {
	c.Handling()
	list, route, payload := bytes(c, stack, 0), u32(stack, 2), bytes(c, stack, 3)
	if !c.Module().Emits(c.Route, route) {
		c.Trap(sandbox.ReasonRoute, fmt.Sprintf("route %d does not declare event %d", c.Route, route))
	}
	c.ChargeEvent(len(payload))
	if !c.Emit(list, route, payload) {
		c.Trap(sandbox.ReasonArgument, "the list of scopes is malformed, empty or too long, or nobody can be addressed so")
	}
}

// scope is the scope in parameters 0 to 2; it must be one that a connection can hold.
func scope(c *sandbox.Call, stack []uint64) abi.Scope {
	kind, id := u32(stack, 0), bytes(c, stack, 1)
	s := abi.Scope{Kind: abi.ScopeKind(kind), ID: string(id[:min(len(id), abi.MaxScopeIDBytes+1)])}
	if kind > 255 || !s.Subscribable() {
		c.Trap(sandbox.ReasonArgument, "nobody can subscribe to this scope")
	}
	return s
}

// subscribe(kind, id, id_len) i32
func subscribe(c *sandbox.Call, stack []uint64) {
	c.Handling()
	s := scope(c, stack)
	stack[0] = 0
	held, count := holds(c, s)
	if held {
		return
	}
	if count >= abi.MaxSubscriptions {
		stack[0] = abi.LimitReached
		return
	}
	c.Effects.Changes = append(c.Effects.Changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: s})
}

// holds reports whether the connection would hold s if the call ended now, and how many scopes it would hold at most.
func holds(c *sandbox.Call, s abi.Scope) (held bool, count int) {
	if c.Held != nil {
		held, count = c.Held.Holds(s), c.Held.Count()
	}
	for i := range c.Effects.Changes {
		change := &c.Effects.Changes[i]
		if change.Kind == sandbox.Subscribe {
			count++
		}
		if change.Scope == s && change.Kind != sandbox.Revoke {
			held = change.Kind == sandbox.Subscribe
		}
	}
	return held, count
}

// unsubscribe(kind, id, id_len)
func unsubscribe(c *sandbox.Call, stack []uint64) {
	c.Handling()
	s := scope(c, stack)
	if held, _ := holds(c, s); held {
		c.Effects.Changes = append(c.Effects.Changes, sandbox.Change{Kind: sandbox.Unsubscribe, Scope: s})
	}
}

// revoke(kind, id, id_len, user)
func revoke(c *sandbox.Call, stack []uint64) {
	c.Handling()
	change := sandbox.Change{Kind: sandbox.Revoke, Scope: scope(c, stack)}
	copy(change.User[:], c.Bytes(u32(stack, 3), uint32(len(change.User))))
	c.ChargeWrite(0)
	c.Effects.Changes = append(c.Effects.Changes, change)
}
