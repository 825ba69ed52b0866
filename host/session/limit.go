package session

import (
	"log/slog"
	"math"
	"strconv"
	"time"

	"workcell/abi/envelope"
	"workcell/host/telemetry"
	"workcell/host/wire"
)

// rateLimited is the code of an answer to a message over the rate limit.
const rateLimited = "RATE_LIMITED"

// Text implements wire.TextCounter: text messages mean nothing, but they count.
func (s *Session) Text() { s.admit(nil) }

// admit reports whether a message is within the rate limit. One that is not goes no further than this: it is answered
// here, in its place among the others, and the last straw closes the connection.
func (s *Session) admit(msg []byte) bool {
	server := s.server
	if s.strikes < MaxStrikes && s.bucket.take(server.clock(), server.rate) {
		s.strikes = 0
		return true
	}
	server.observer.RateLimited()
	if s.strikes == MaxStrikes { // it is about to be closed, and may send on for as long as an answer takes
		return false
	}
	s.strikes++
	s.record(slog.LevelWarn, telemetry.EventRateLimited, slog.Int(telemetry.Count, int(s.strikes)), slog.Int(telemetry.Limit, MaxStrikes))
	if s.strikes == MaxStrikes {
		s.replies.closeAfter(s, wire.ClosePolicy, "rate limit exceeded")
		return false
	}
	header, _ := envelope.Peek(msg) // of what is no envelope there is no id to repeat
	s.Reply(s.replies.place(), envelope.AppendError(nil, header.MessageID, time.Now().Unix(), rateLimited, server.rate.advice(), ""))
	return false
}

// advice says to the client what to do.
func (r Rate) advice() string {
	wait := math.Ceil(r.Window.Seconds() / float64(r.Messages))
	return "Too many messages, please wait " + strconv.Itoa(int(wait)) + " s: the rate limit is " +
		strconv.Itoa(r.Messages) + " in " + r.Window.String()
}
