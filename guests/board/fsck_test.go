package board

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"

	ref "github.com/google/uuid"

	"workcell/guests/board/pm"
)

// fsck reads a whole data set and returns every way in which records and indexes disagree. It knows the layout from its
// description and shares no code with what writes it.
func fsck(pairs [][]byte) []string {
	f := &checker{
		live: map[ref.UUID]*pm.Project{}, gone: map[ref.UUID]*pm.Project{}, next: map[ref.UUID]int64{},
		names: map[string]ref.UUID{}, members: map[[32]byte]*pm.Member{}, memberships: map[[32]byte]bool{},
		locators: map[ref.UUID]*pm.Locator{}, items: map[ref.UUID]*pm.WorkItem{}, deleted: map[ref.UUID]*pm.WorkItem{},
		order: map[[40]byte]ref.UUID{}, rows: map[[17]byte][]*pm.ActivityLogEntry{}, counts: map[[17]byte]int64{},
		rowIDs: map[string]bool{},
	}
	for i := 0; i < len(pairs); i += 2 {
		f.read(pairs[i], pairs[i+1])
	}
	f.checkProjects()
	f.checkMembers()
	f.checkItems()
	f.checkHistories()
	return f.problems
}

type checker struct {
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
	rowIDs      map[string]bool
}

func (f *checker) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

func (f *checker) need(fine bool, format string, args ...any) {
	if !fine {
		f.problem(format, args...)
	}
}

var keySizes = map[byte]int{
	'p': 17, 'q': 17, 'n': 17, 'm': 33, 'b': 33, 'u': 17, 'i': 17, 'w': 21, 'x': 21, 'c': 41, 'a': 26, 'h': 18, 's': 17,
}

// read sorts one pair into the maps.
func (f *checker) read(key, value []byte) {
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
		f.names[string(rest)] = ref.UUID(m.Id)
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
			f.items[ref.MustParse(m.Id)] = m
		} else {
			f.deleted[ref.MustParse(m.Id)] = m
		}
	case 'c':
		m := &pm.Ref{}
		parse(m)
		f.order[[40]byte(rest)] = ref.UUID(m.Id)
	case 'a':
		m := &pm.ActivityLogEntry{}
		parse(m)
		s := [17]byte(rest)
		f.need(binary.BigEndian.Uint64(rest[17:]) == uint64(len(f.rows[s])), "gap before row %x", rest)
		f.rows[s] = append(f.rows[s], m)
	case 'h':
		m := &pm.Counter{}
		parse(m)
		f.counts[[17]byte(rest)] = m.Next
	}
}

func (f *checker) checkProjects() {
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

func (f *checker) checkProject(id ref.UUID, p *pm.Project) {
	f.need(f.next[id] >= 1, "project %v has no item counter", id)
	f.need(p.Version >= 1 && p.NextWorkItemNumber == 0 && p.Title != "", "project %v: %s", id, show(p))
	f.checkHistory(1, id, p.DeletedAt != nil)
}

func (f *checker) checkMembers() {
	f.need(len(f.members) == len(f.memberships), "%d members, %d memberships", len(f.members), len(f.memberships))
	for key, m := range f.members {
		project, user := key[:16], key[16:]
		f.need(bytes.Equal(m.ProjectId, project) && bytes.Equal(m.UserId, user) && len(m.Id) == 16, "member %x: %s", key, show(m))
		f.need(f.memberships[[32]byte(append(append([]byte(nil), user...), project...))], "member %x has no membership", key)
		f.need(f.live[ref.UUID(project)] != nil || f.gone[ref.UUID(project)] != nil, "member %x of no project", key)
	}
}

func (f *checker) checkItems() {
	f.need(len(f.locators) == len(f.items)+len(f.deleted), "%d locators for %d items", len(f.locators), len(f.items)+len(f.deleted))
	f.need(len(f.order) == len(f.items), "%d places for %d live items", len(f.order), len(f.items))
	for id, it := range f.items {
		f.need(it.DeletedAt == nil && f.deleted[id] == nil, "live item %v is deleted", id)
		f.need(f.live[ref.MustParse(it.ProjectId)] != nil, "live item %v in no live project", id)
		f.checkItem(id, it)

		var parent ref.UUID
		if it.ParentId != nil {
			parent = ref.MustParse(*it.ParentId)
			above := f.items[parent]
			f.need(above != nil && above.ProjectId == it.ProjectId && above.ItemType == it.ItemType-1,
				"item %v stands under %s", id, show(above))
		}
		project := ref.MustParse(it.ProjectId)
		place := append(append([]byte(nil), project[:]...), parent[:]...)
		place = binary.BigEndian.AppendUint32(place, uint32(it.Position))
		place = binary.BigEndian.AppendUint32(place, uint32(it.ItemNumber))
		f.need(f.order[[40]byte(place)] == id, "item %v is not in its place", id)
	}
	for id, it := range f.deleted {
		f.need(it.DeletedAt != nil, "deleted item %v has no deleted_at", id)
		f.checkItem(id, it)
	}
}

func (f *checker) checkItem(id ref.UUID, it *pm.WorkItem) {
	at := f.locators[id]
	f.need(at != nil && ref.UUID(at.ProjectId).String() == it.ProjectId && at.ItemNumber == it.ItemNumber, "locator of %v: %s", id, show(at))
	f.need(int64(it.ItemNumber) < f.next[ref.MustParse(it.ProjectId)], "item %v has a number from the future", id)
	f.need(it.ItemNumber >= 1 && it.Version >= 1 && it.Position >= 0 && it.Title != "", "item %v: %s", id, show(it))
	f.checkHistory(2, id, it.DeletedAt != nil)
}

// checkHistory checks that the entity's history begins with its creation and ends with its deletion, if it is deleted.
func (f *checker) checkHistory(kind byte, id ref.UUID, deleted bool) {
	rows := f.rows[[17]byte(append([]byte{kind}, id[:]...))]
	if len(rows) == 0 {
		f.problem("entity %v has no history", id)
		return
	}
	f.need(rows[0].Action == "created", "history of %v begins with %s", id, rows[0].Action)
	f.need((rows[len(rows)-1].Action == "deleted") == deleted, "history of %v ends with %s", id, rows[len(rows)-1].Action)
}

func (f *checker) checkHistories() {
	words := []string{1: "project", 2: "work_item"}
	f.need(len(f.rows) == len(f.counts), "%d histories, %d counters", len(f.rows), len(f.counts))
	for s, rows := range f.rows {
		f.need(f.counts[s] == int64(len(rows)), "history %x has %d rows and counts %d", s, len(rows), f.counts[s])
		id := ref.UUID(s[1:])
		f.need(f.live[id] != nil || f.gone[id] != nil || f.locators[id] != nil, "history of unknown %v", id)
		for i, row := range rows {
			f.need(row.EntityId == id.String() && row.EntityType == words[s[0]], "row %x/%d tells of %s %s", s, i, row.EntityType, row.EntityId)
			f.need(!f.rowIDs[row.Id] && row.Id != "", "row id %q twice", row.Id)
			f.rowIDs[row.Id] = true
			f.need(i == 0 || rows[i-1].Timestamp <= row.Timestamp, "history %x goes back in time", s)
			f.need((i == 0) == (row.Action == "created"), "history %x is created at row %d", s, i)
		}
	}
}
