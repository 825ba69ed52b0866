// Command standup is a handler for the notes of a stand-up meeting: whoever adds a note gets the last ones back, and
// whoever watches hears of it.
//
//	standup/add    write  the request is a note; the reply is the last notes, the newest first, each on a line
//	standup/watch  read   subscribes the caller to the notes; the reply is the last notes
package main

import (
	"encoding/binary"

	"workcell/abi"
	"workcell/guests/guest"
)

// Limits of what is kept and said.
const (
	maxNoteBytes = 280
	keptNotes    = 100
	shownNotes   = 5
)

// Numbers of the manifest.
const (
	routeAdd   = 2000
	routeWatch = 2001
	setNotes   = 0 // key: the note's number, 8 bytes, big endian; value: its text
)

// Payload fields of the protocol for handlers of one's own.
const (
	callReply = 1001
	callEvent = 1002
)

// topic is where notes are announced.
var topic = abi.Scope{Kind: abi.ScopeTopic, ID: "standup"}

func init() { guest.Serve(module()) }

func main() {}

func module() guest.Module {
	return guest.Module{
		Name: "standup", Version: "1.0.0",
		DataSets: []abi.DataSet{{Name: "standup", Access: abi.AccessWrite}},
		Routes: []guest.Route{
			{Route: abi.Route{ID: routeAdd, Name: "standup/add", Kind: abi.KindWrite, Reply: callReply, Events: []uint32{callEvent}}, Handle: add},
			{Route: abi.Route{ID: routeWatch, Name: "standup/watch", Kind: abi.KindRead, Reply: callReply}, Handle: watch},
		},
	}
}

// add stores a note behind the others. Whatever it did is undone if it returns an error.
func add(c *guest.Call) error {
	note := c.Request()
	if len(note) == 0 || len(note) > maxNoteBytes {
		return guest.RefuseField(abi.CodeValidation, "note", "A note has 1 to 280 bytes")
	}
	for _, b := range note {
		if b < ' ' {
			return guest.RefuseField(abi.CodeValidation, "note", "A note is one line")
		}
	}
	number := uint64(1)
	c.Scan(setNotes, guest.Range{Reverse: true, Limit: 1}, func(key, _ []byte) bool {
		number = binary.BigEndian.Uint64(key) + 1
		return true
	})
	c.Put(setNotes, noteKey(number), note)
	if number > keptNotes {
		c.Delete(setNotes, noteKey(number-keptNotes))
	}
	c.Emit(callEvent, note, topic)
	replyNotes(c)
	return nil
}

func watch(c *guest.Call) error {
	if !c.Subscribe(topic) {
		return guest.Refuse(abi.CodeConflict, "This connection holds too many subscriptions")
	}
	replyNotes(c)
	return nil
}

func replyNotes(c *guest.Call) {
	var reply []byte
	c.Scan(setNotes, guest.Range{Reverse: true, Limit: shownNotes}, func(_, note []byte) bool {
		reply = append(append(reply, note...), '\n')
		return true
	})
	c.Reply(reply)
}

func noteKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }
