package board

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"

	ref "github.com/google/uuid"

	"workcell/guests/board/pm"
)

// fsck reads a whole data set and returns every way in which records and indexes disagree. It knows the layout from its
// description and shares no code with what writes it.
func fsck(pairs [][]byte) []string {
	f := &fsckState{
		live: map[ref.UUID]*pm.Project{}, gone: map[ref.UUID]*pm.Project{}, next: map[ref.UUID]int64{},
		names: map[string]ref.UUID{}, members: map[[32]byte]*pm.Member{}, memberships: map[[32]byte]bool{},
		locators: map[ref.UUID]*pm.Locator{}, items: map[ref.UUID]*pm.WorkItem{}, deleted: map[ref.UUID]*pm.WorkItem{},
		order: map[[40]byte]ref.UUID{}, rows: map[[17]byte][]*pm.ActivityLogEntry{}, counts: map[[17]byte]int64{},
		rowIDs: map[string]bool{}, users: map[string]bool{}, placed: map[string]*placed{}, where: map[string]*pm.Locator{}, refs: map[string]ref.UUID{},
		links: map[string]*pm.Link{}, firsts: map[[17]byte]int64{},
	}
	for i := 0; i < len(pairs); i += 2 {
		f.read(pairs[i], pairs[i+1])
	}
	f.checkProjects()
	f.checkMembers()
	f.checkItems()
	f.checkPlaced()
	f.checkRefs()
	f.checkLinks()
	f.checkHistories()
	return f.problems
}

type fsckState struct {
	problems    []string
	live, gone  map[ref.UUID]*pm.Project
	next        map[ref.UUID]int64
	names       map[string]ref.UUID
	members     map[[32]byte]*pm.Member
	memberships map[[32]byte]bool
	locators    map[ref.UUID]*pm.Locator
	items       map[ref.UUID]*pm.WorkItem
	deleted     map[ref.UUID]*pm.WorkItem
	order       map[[40]byte]ref.UUID
	rows        map[[17]byte][]*pm.ActivityLogEntry
	counts      map[[17]byte]int64
	firsts      map[[17]byte]int64
	rowIDs      map[string]bool
	users       map[string]bool

	// See fsck_placed_test.go.
	placed map[string]*placed
	where  map[string]*pm.Locator
	refs   map[string]ref.UUID
	links  map[string]*pm.Link
}

func (f *fsckState) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

func (f *fsckState) need(fine bool, format string, args ...any) {
	if !fine {
		f.problem(format, args...)
	}
}

// id is the id that 16 bytes are, parsed the one that a text is.
func (f *fsckState) id(b []byte) (id ref.UUID) {
	f.need(len(b) == len(id), "%x is no id", b)
	copy(id[:], b)
	return id
}

func (f *fsckState) parsed(s string) ref.UUID {
	id, err := ref.Parse(s)
	f.need(err == nil && id.String() == s, "%q is no id", s)
	return id
}

var keySizes = map[byte]int{
	'p': 17, 'q': 17, 'n': 17, 'm': 33, 'b': 33, 'u': 17, 'i': 17, 'w': 21, 'x': 21, 'c': 41, 'a': 26, 'h': 18,
	's': 17, 't': 21, 'T': 21, 'r': 17, 'g': 21, 'G': 21, 'e': 17, 'y': 21, 'Y': 21, 'l': 17, 'd': 21, 'D': 21,
	'v': 17, 'o': 29, 'z': 17, 'f': 33, 'j': 33,
}

// read sorts one pair into the maps.
func (f *fsckState) read(key, value []byte) {
	table, rest := key[0], key[1:]
	if size, known := keySizes[table]; table != 'k' && (!known || len(key) != size) {
		f.problem("key %x has a strange shape", key)
		return
	}
	parse := func(m record) {
		f.need(len(value) > 0 && value[0] == 1 && m.Parse(value[1:]) == nil, "value of %x does not decode", key)
		unknown := reflect.ValueOf(m).Elem().FieldByName("Unknown")
		f.need(unknown.Len() == 0, "value of %x has unknown fields", key)
	}
	var head ref.UUID
	copy(head[:], rest)
	switch table {
	case 'p', 'q':
		m := &pm.Project{}
		parse(m)
		f.need(m.Id == head.String(), "project %v under key of %v", m.Id, head)
		if table == 'p' {
			f.live[head] = m
		} else {
			f.gone[head] = m
		}
	case 'n':
		m := &pm.Counter{}
		parse(m)
		f.next[head] = m.Next
	case 'k':
		m := &pm.Ref{}
		parse(m)
		f.names[string(rest)] = f.id(m.Id)
	case 'm':
		m := &pm.Member{}
		parse(m)
		f.members[[32]byte(rest)] = m
	case 'b':
		m := &pm.Ref{}
		parse(m)
		f.need(bytes.Equal(m.Id, rest[16:]), "membership %x refers to %x", rest, m.Id)
		f.memberships[[32]byte(rest)] = true
	case 'u':
		m := &pm.User{}
		parse(m)
		f.users[head.String()] = true
		f.need(bytes.Equal(m.Id, rest), "user %x under key of %x", m.Id, rest)
	case 'i':
		m := &pm.Locator{}
		parse(m)
		f.locators[head] = m
	case 'w', 'x':
		m := &pm.WorkItem{}
		parse(m)
		f.need(m.ProjectId == head.String(), "item %v of project %v under key of %v", m.Id, m.ProjectId, head)
		f.need(uint32(m.ItemNumber) == binary.BigEndian.Uint32(rest[16:]), "item %v has number %d under %x", m.Id, m.ItemNumber, rest)
		f.need(m.AncestorIds == nil && m.DescendantIds == nil, "item %v stores derived fields", m.Id)
		if table == 'w' {
			f.items[f.parsed(m.Id)] = m
		} else {
			f.deleted[f.parsed(m.Id)] = m
		}
	case 'c':
		m := &pm.Ref{}
		parse(m)
		f.order[[40]byte(rest)] = f.id(m.Id)
	case 'a':
		m := &pm.ActivityLogEntry{}
		parse(m)
		s := [17]byte(rest)
		n := int64(binary.BigEndian.Uint64(rest[17:]))
		if len(f.rows[s]) == 0 {
			f.firsts[s] = n
		}
		f.need(n == f.firsts[s]+int64(len(f.rows[s])), "gap before row %x", rest)
		f.rows[s] = append(f.rows[s], m)
	case 'h':
		m := &pm.History{}
		parse(m)
		s := [17]byte(rest)
		f.counts[s] = m.Next
		f.need(len(f.rows[s]) == 0 && m.First == m.Next || len(f.rows[s]) > 0 && m.First == f.firsts[s], "history %x begins at %d", s, m.First)
	default:
		f.readPlaced(key, value, parse)
	}
}

func (f *fsckState) checkProjects() {
	f.need(len(f.names) == len(f.live), "%d keys for %d live projects", len(f.names), len(f.live))
	f.need(len(f.next) == len(f.live)+len(f.gone), "%d counters for %d projects", len(f.next), len(f.live)+len(f.gone))
	for id, p := range f.live {
		f.need(f.names[p.Key] == id, "key %s of project %v leads to %v", p.Key, id, f.names[p.Key])
		f.need(p.DeletedAt == nil, "live project %v has deleted_at", id)
		f.need(f.gone[id] == nil, "project %v is live and deleted", id)
		f.checkProject(id, p)
	}
	for id, p := range f.gone {
		f.need(p.DeletedAt != nil, "deleted project %v has no deleted_at", id)
		f.checkProject(id, p)
	}
}

func (f *fsckState) checkProject(id ref.UUID, p *pm.Project) {
	f.need(f.next[id] >= 1 && f.next[id] <= 1<<31-1, "item counter of project %v is %d", id, f.next[id])
	f.need(p.Version >= 1 && p.NextWorkItemNumber == 0 && p.Title != "" && (p.Status == 1 || p.Status == 2), "project %v: %s", id, show(p))
	f.checkHistory(1, id, p.DeletedAt != nil)
}

func (f *fsckState) checkMembers() {
	f.need(len(f.members) == len(f.memberships), "%d members, %d memberships", len(f.members), len(f.memberships))
	for key, m := range f.members {
		project, user := key[:16], key[16:]
		f.need(m.Role == "viewer" || m.Role == "editor" || m.Role == "admin", "member %x is %q", key, m.Role)
		f.need(bytes.Equal(m.ProjectId, project) && bytes.Equal(m.UserId, user) && len(m.Id) == 16, "member %x: %s", key, show(m))
		f.need(f.memberships[[32]byte(append(append([]byte(nil), user...), project...))], "member %x has no membership", key)
		f.need(f.live[ref.UUID(project)] != nil || f.gone[ref.UUID(project)] != nil, "member %x of no project", key)
	}
}

func (f *fsckState) checkItems() {
	f.need(len(f.locators) == len(f.items)+len(f.deleted), "%d locators for %d items", len(f.locators), len(f.items)+len(f.deleted))
	f.need(len(f.order) == len(f.items), "%d places for %d live items", len(f.order), len(f.items))
	for id, it := range f.items {
		f.need(it.DeletedAt == nil && f.deleted[id] == nil, "live item %v is deleted", id)
		f.need(f.live[f.parsed(it.ProjectId)] != nil, "live item %v in no live project", id)
		f.checkItem(id, it)

		f.need(it.AssigneeId == nil || f.users[*it.AssigneeId], "assignee of %v is not known", id)
		if it.SprintId != nil {
			at := f.where["s"+*it.SprintId]
			f.need(at != nil && f.id(at.OwnerId).String() == it.ProjectId, "sprint of %v is %s", id, *it.SprintId)
		}
		var parent ref.UUID
		if it.ParentId != nil {
			parent = f.parsed(*it.ParentId)
			above := f.items[parent]
			f.need(above != nil && above.ProjectId == it.ProjectId && above.ItemType == it.ItemType-1,
				"item %v stands under %s", id, show(above))
		}
		project := f.parsed(it.ProjectId)
		place := append(append([]byte(nil), project[:]...), parent[:]...)
		place = binary.BigEndian.AppendUint32(place, ^uint32(it.Position))
		place = binary.BigEndian.AppendUint32(place, ^uint32(it.ItemNumber))
		f.need(f.order[[40]byte(place)] == id, "item %v is not in its place", id)
	}
	for id, it := range f.deleted {
		f.need(it.DeletedAt != nil, "deleted item %v has no deleted_at", id)
		f.checkItem(id, it)
	}
}

func (f *fsckState) checkItem(id ref.UUID, it *pm.WorkItem) {
	at := f.locators[id]
	f.need(at != nil && f.id(at.OwnerId).String() == it.ProjectId && at.Number == it.ItemNumber, "locator of %v: %s", id, show(at))
	f.need(int64(it.ItemNumber) < f.next[f.parsed(it.ProjectId)], "item %v has a number from the future", id)
	f.need(slices.Contains(modelStatuses, it.Status) && slices.Contains(modelPriorities, it.Priority), "words of %v: %s", id, show(it))
	f.need(it.ItemNumber >= 1 && it.Version >= 1 && it.Position >= 0 && it.Title != "", "item %v: %s", id, show(it))
	f.checkHistory(2, id, it.DeletedAt != nil)
}

// checkHistory checks that the entity's history begins with its creation and ends with its deletion, if it is deleted. Of
// an old one the beginning may be gone, or all.
func (f *fsckState) checkHistory(kind byte, id ref.UUID, deleted bool) {
	s := [17]byte(append([]byte{kind}, id[:]...))
	if _, known := f.counts[s]; !known {
		f.problem("entity %v has no history", id)
	}
	if rows := f.rows[s]; len(rows) > 0 {
		f.need((rows[len(rows)-1].Action == "deleted") == deleted, "history of %v ends with %s", id, rows[len(rows)-1].Action)
	}
}

func (f *fsckState) checkHistories() {
	words := []string{1: "project", 2: "work_item", 3: "sprint", 4: "comment", 5: "time_entry", 6: "dependency"}
	for s, next := range f.counts {
		f.need(f.firsts[s]+int64(len(f.rows[s])) == next || len(f.rows[s]) == 0, "history %x has %d rows and counts to %d", s, len(f.rows[s]), next)
		id := ref.UUID(s[1:])
		switch kind := s[0]; {
		case kind == 1:
			f.need(f.live[id] != nil || f.gone[id] != nil, "history of unknown project %v", id)
		case kind == 2:
			f.need(f.locators[id] != nil, "history of unknown item %v", id)
		default:
			f.need(int(kind) < len(whereLetters) && f.where[whereLetters[kind]+id.String()] != nil, "history of unknown %d %v", kind, id)
		}
	}
	for s, rows := range f.rows {
		_, known := f.counts[s]
		f.need(known, "rows %x belong to no history", s)
		id := ref.UUID(s[1:])
		for i, row := range rows {
			f.need(int(s[0]) < len(words) && row.EntityId == id.String() && row.EntityType == words[s[0]], "row %x/%d tells of %s %s", s, i, row.EntityType, row.EntityId)
			f.need(!f.rowIDs[row.Id] && row.Id != "", "row id %q twice", row.Id)
			f.rowIDs[row.Id] = true
			f.need(i == 0 || rows[i-1].Timestamp <= row.Timestamp+longestCall, "history %x goes back in time", s)
			f.need((f.firsts[s]+int64(i) == 0) == (row.Action == "created"), "history %x is created at row %d", s, i)
			f.need(i == len(rows)-1 || row.Action != "deleted", "history %x goes on after its end", s)
			f.need(row.Action == "created" || row.Action == "updated" || row.Action == "deleted", "row %x/%d is %s", s, i, row.Action)
		}
	}
}
