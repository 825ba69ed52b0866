package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// An entityKind is one of the kinds of thing that have a history. The numbers are part of keys: for good.
type entityKind byte

const (
	kindProject    entityKind = 1
	kindWorkItem   entityKind = 2
	kindSprint     entityKind = 3
	kindComment    entityKind = 4
	kindTimeEntry  entityKind = 5
	kindDependency entityKind = 6
)

var entityWords = [...]string{
	kindProject: "project", kindWorkItem: "work_item", kindSprint: "sprint", kindComment: "comment",
	kindTimeEntry: "time_entry", kindDependency: "dependency",
}

// A subject is the entity that an activity row tells of.
type subject struct {
	kind entityKind
	id   uuid
}

// The actions of activity rows.
const (
	actionCreated = "created"
	actionUpdated = "updated"
	actionDeleted = "deleted"
)

// addActivity appends to the history of s what the caller just did, and announces each row to the given scopes: one row
// for every change, or a single row if there is no list of changes.
func addActivity(c *guest.Call, s subject, action string, list changes, scopes ...abi.Scope) error {
	var rows pm.History
	if action != actionCreated { // what was just created has no history
		if _, err := load(c, historyKey(s), &rows); err != nil {
			return err
		}
	}
	var comment *string
	if len(list) > 0 {
		comment = new(strconv.Itoa(len(list)) + " fields changed")
	}
	for i := range max(1, len(list)) {
		entry := &pm.ActivityLogEntry{
			Id:         newUUID(c).String(),
			EntityType: entityWords[s.kind],
			EntityId:   s.id.String(),
			Action:     action,
			UserId:     caller(c).String(),
			Timestamp:  c.Now(),
			Comment:    comment,
		}
		if i < len(list) {
			entry.FieldName, entry.OldValue, entry.NewValue = &list[i].FieldName, list[i].OldValue, list[i].NewValue
		}
		store(c, activityKey(s, rows.Next), entry)
		rows.Next++
		c.Emit(eventActivity, encode(&pm.ActivityLogCreated{Entry: entry}), scopes...)
	}
	store(c, historyKey(s), &rows)
	return nil
}

// publish sends a message as an event to the given scopes and as the reply: what subscribers and the caller learn is the
// same.
func publish(c *guest.Call, event uint32, m message, scopes ...abi.Scope) {
	encoded := encode(m)
	c.Emit(event, encoded, scopes...)
	c.Reply(encoded)
}

// caller returns the user who asks.
func caller(c *guest.Call) uuid { return c.Identity().User }

//go:noinline
func projectScope(project uuid) abi.Scope {
	return abi.Scope{Kind: abi.ScopeProject, ID: string(project[:])}
}

func sprintScope(sprint uuid) abi.Scope {
	return abi.Scope{Kind: abi.ScopeSprint, ID: string(sprint[:])}
}

func userScope(user uuid) abi.Scope { return abi.Scope{Kind: abi.ScopeUser, ID: string(user[:])} }
