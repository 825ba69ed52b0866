package guest

import "workcell/abi"

// Call is one message being handled. It is valid until the handler returns.
type Call struct {
	host     Host
	route    uint32
	identity *abi.Identity
	scans    int // that run
}

// Host is what stands behind a Call: the imports of package abi in a sandbox, a Stub in a native test. Its methods do
// what the functions of the same meaning in package abi do.
type Host interface {
	Input() []byte
	Output(p []byte)
	Get(set int, key []byte) (value []byte, found bool)
	Put(set int, key, value []byte)
	Delete(set int, key []byte)
	Scan(set int, r Range, visit func(key, value []byte) (more bool))
	Emit(scopes []abi.Scope, route uint32, payload []byte)
	Subscribe(s abi.Scope) bool
	Unsubscribe(s abi.Scope)
	Revoke(s abi.Scope, user [16]byte)
	Fail(code abi.Code, field, message string)
	Identity() abi.Identity
	Config(key string) (value string, found bool)
	NowMS() int64
	Random(p []byte)
	Log(level int, line string)
}

// Route returns the id of the route that is called.
func (c *Call) Route() uint32 { return c.route }

// Request returns the payload of the message. It is the caller's to keep.
func (c *Call) Request() []byte { return c.host.Input() }

// Reply appends p to the payload of the reply. It borrows p until return.
func (c *Call) Reply(p []byte) { c.host.Output(p) }

// Get returns the value of key in a data set, named by its index in the manifest. The value is the caller's to keep.
func (c *Call) Get(set int, key []byte) (value []byte, found bool) { return c.host.Get(set, key) }

// Put stores value under key. It borrows both until return.
func (c *Call) Put(set int, key, value []byte) {
	c.mayWrite()
	c.host.Put(set, key, value)
}

// Delete removes key; a key that is not there is no error.
func (c *Call) Delete(set int, key []byte) {
	c.mayWrite()
	c.host.Delete(set, key)
}

// A Range is the pairs of a data set with Lo <= key < Hi, in ascending order.
type Range struct {
	Lo, Hi  []byte // an empty Hi is the end of the data set
	Reverse bool   // descending order
	Limit   int    // the most pairs that are wanted; 0: all. The host does not read further
}

// Scan visits the pairs of r until visit returns false. Key and value are views, valid during visit. visit may read, but
// must not write: gather what is to be written and write it afterwards.
func (c *Call) Scan(set int, r Range, visit func(key, value []byte) (more bool)) {
	c.scans++
	c.host.Scan(set, r, visit)
	c.scans--
}

// mayWrite panics inside a Scan.
func (c *Call) mayWrite() {
	if c.scans > 0 {
		panic("guest: a write during a Scan")
	}
}

// Emit sends an event to everybody subscribed to at least one of the scopes, once the call has committed. payload goes
// out in the payload field named by route. Events keep their order.
func (c *Call) Emit(route uint32, payload []byte, scopes ...abi.Scope) {
	c.host.Emit(scopes, route, payload)
}

// Subscribe subscribes the caller's connection to s once the call has committed. It reports false if the connection holds
// abi.MaxSubscriptions already.
func (c *Call) Subscribe(s abi.Scope) bool { return c.host.Subscribe(s) }

// Unsubscribe ends a subscription; one that is not there is no error.
func (c *Call) Unsubscribe(s abi.Scope) { c.host.Unsubscribe(s) }

// Revoke ends the subscriptions of all connections of a user to s.
func (c *Call) Revoke(s abi.Scope, user [16]byte) { c.host.Revoke(s, user) }

// Identity returns who asks.
func (c *Call) Identity() *abi.Identity {
	if c.identity == nil {
		id := c.host.Identity()
		c.identity = &id
	}
	return c.identity
}

// Config returns an operator's setting as text.
func (c *Call) Config(key string) (value string, found bool) { return c.host.Config(key) }

// NowMS returns the call's time: Unix milliseconds, the same however often it is asked.
func (c *Call) NowMS() int64 { return c.host.NowMS() }

// Now returns the call's time in whole Unix seconds.
func (c *Call) Now() int64 { return c.host.NowMS() / 1000 }

// Random fills p with random bytes from the call's seed.
func (c *Call) Random(p []byte) { c.host.Random(p) }

// Log writes one line for the operator, at one of the levels of package abi.
func (c *Call) Log(level int, line string) { c.host.Log(level, line) }
