package abi

// RetentionRequest is the request of RouteRetention: to delete activity rows that are older than a time, a few at a time,
// so that nobody waits for it. The host calls with an empty Cursor first, then with the one it got, until that is empty.
//
//	before i64 | limit u32 | cursor length u32 | cursor
type RetentionRequest struct {
	BeforeMS int64  // Unix milliseconds; rows from that time on stay
	Limit    uint32 // most rows to delete; the handler has a limit of its own
	Cursor   []byte
}

// RetentionReply is the reply of RouteRetention.
//
//	deleted u32 | cursor length u32 | cursor
type RetentionReply struct {
	Deleted uint32
	// Cursor says where to go on; empty when no row is left that is old enough.
	Cursor []byte
}

// MaxRetentionCursorBytes bounds the cursor of a handler. The parsers refuse longer ones.
const MaxRetentionCursorBytes = 4 << 10

// AppendRetentionRequest appends q to dst.
func AppendRetentionRequest(dst []byte, q *RetentionRequest) []byte {
	dst = appendUint64(dst, uint64(q.BeforeMS))
	dst = appendUint32(dst, q.Limit)
	return appendSized(dst, q.Cursor)
}

// ParseRetentionRequest reads what AppendRetentionRequest wrote and copies what it keeps. It reports false if b is not
// that.
func ParseRetentionRequest(b []byte) (q RetentionRequest, ok bool) {
	r := reader{rest: b}
	q = RetentionRequest{BeforeMS: int64(r.uint64()), Limit: r.uint32(), Cursor: r.bytes(MaxRetentionCursorBytes)}
	if !r.ended() {
		return RetentionRequest{}, false
	}
	return q, true
}

// AppendRetentionReply appends p to dst.
func AppendRetentionReply(dst []byte, p *RetentionReply) []byte {
	return appendSized(appendUint32(dst, p.Deleted), p.Cursor)
}

// ParseRetentionReply reads what AppendRetentionReply wrote and copies what it keeps. It reports false if b is not that.
func ParseRetentionReply(b []byte) (p RetentionReply, ok bool) {
	r := reader{rest: b}
	p = RetentionReply{Deleted: r.uint32(), Cursor: r.bytes(MaxRetentionCursorBytes)}
	if !r.ended() {
		return RetentionReply{}, false
	}
	return p, true
}
