package sandbox

// Limits bound what one call may take from the host. Zero fields take the default.
type Limits struct {
	ReplyBytes int // largest reply
	Writes     int // puts and deletes
	WriteBytes int // keys and values written
	ScanBytes  int // keys and values read by scans
	Events     int
	EventBytes int // payloads of events
	HostCalls  int // calls of host functions
	LogLines   int // lines beyond it are dropped, not a trap
}

// defaultLimits are the limits of a call that sets none.
var defaultLimits = Limits{
	ReplyBytes: 32 << 20,
	Writes:     10_000,
	WriteBytes: 16 << 20,
	ScanBytes:  256 << 20,
	Events:     2_000,
	EventBytes: 16 << 20,
	HostCalls:  1_000_000,
	LogLines:   100,
}

// WithDefaults returns l with its zero fields replaced.
func (l Limits) WithDefaults() Limits {
	replace := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	replace(&l.ReplyBytes, defaultLimits.ReplyBytes)
	replace(&l.Writes, defaultLimits.Writes)
	replace(&l.WriteBytes, defaultLimits.WriteBytes)
	replace(&l.ScanBytes, defaultLimits.ScanBytes)
	replace(&l.Events, defaultLimits.Events)
	replace(&l.EventBytes, defaultLimits.EventBytes)
	replace(&l.HostCalls, defaultLimits.HostCalls)
	replace(&l.LogLines, defaultLimits.LogLines)
	return l
}

// Used is what a call took so far.
type Used struct {
	Fuel                                                 uint64
	Writes, WriteBytes, ScanBytes, EventBytes, HostCalls int
}

// chargeHostCall counts a call of a host function.
func (c *Call) chargeHostCall() {
	if c.Used.HostCalls++; c.Used.HostCalls > c.Limits.HostCalls {
		c.Trap(ReasonHostCalls, "too many calls of host functions")
	}
}

// ChargeWrite counts a put or delete of so many bytes; beyond the limits it traps.
func (c *Call) ChargeWrite(bytes int) {
	c.Used.Writes++
	c.Used.WriteBytes += bytes
	if c.Used.Writes > c.Limits.Writes {
		c.Trap(ReasonWrites, "too many writes")
	}
	if c.Used.WriteBytes > c.Limits.WriteBytes {
		c.Trap(ReasonWriteBytes, "too many bytes written")
	}
}

// ChargeScan counts bytes read by a scan.
func (c *Call) ChargeScan(bytes int) {
	if c.Used.ScanBytes += bytes; c.Used.ScanBytes > c.Limits.ScanBytes {
		c.Trap(ReasonScanBytes, "too many bytes scanned")
	}
}

// ChargeReply checks that a reply may grow by so many bytes.
func (c *Call) ChargeReply(bytes int) {
	if bytes > c.Limits.ReplyBytes-len(c.Effects.Reply) {
		c.Trap(ReasonReplyBytes, "the reply is too large")
	}
}

// ChargeEvent counts an event.
func (c *Call) ChargeEvent(bytes int) {
	if len(c.Effects.Events) >= c.Limits.Events {
		c.Trap(ReasonEvents, "too many events")
	}
	if c.Used.EventBytes += bytes; c.Used.EventBytes > c.Limits.EventBytes {
		c.Trap(ReasonEventBytes, "too many bytes in events")
	}
}
