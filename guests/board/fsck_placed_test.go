package board

import (
	"encoding/binary"
	"fmt"

	ref "github.com/google/uuid"

	"workcell/guests/board/pm"
)

// placed is a sprint, comment, time entry or dependency as fsck found it.
type placed struct {
	record
	letter  byte
	id      string
	owner   ref.UUID
	number  uint32
	deleted bool
}

// whereLetters are the tables of locators by the number of the kind.
var whereLetters = []string{3: "s", 4: "r", 5: "e", 6: "l"}

// kinds of placed entities by the letters of their tables.
var (
	liveLetters    = map[byte]byte{'t': 3, 'g': 4, 'y': 5, 'd': 6}
	deletedLetters = map[byte]byte{'T': 3, 'G': 4, 'Y': 5, 'D': 6}
)

// readPlaced sorts a pair of the tables that a project's items have around them.
func (f *fsckState) readPlaced(key, value []byte, parse func(record)) {
	table, rest := key[0], key[1:]
	switch table {
	case 's', 'r', 'e', 'l':
		m := &pm.Locator{}
		parse(m)
		f.where[string(table)+ref.UUID(rest).String()] = m
		return
	case 'v', 'z', 'o':
		m := &pm.Ref{}
		parse(m)
		f.refs[string(key)] = f.id(m.Id)
		return
	case 'f', 'j':
		m := &pm.Link{}
		parse(m)
		f.links[string(key)] = m
		return
	}
	e := &placed{letter: table, owner: ref.UUID(rest[:16]), number: binary.BigEndian.Uint32(rest[16:])}
	var owner string
	switch table {
	case 't', 'T':
		m := &pm.Sprint{}
		e.record = m
		parse(m)
		e.id, owner, e.deleted = m.Id, m.ProjectId, m.DeletedAt != nil
		f.need(m.Name != "" && m.Version > 0 && m.Status >= 1 && m.Status <= 4 && m.StartDate < m.EndDate, "sprint %s", show(m))
	case 'g', 'G':
		m := &pm.Comment{}
		e.record = m
		parse(m)
		e.id, owner, e.deleted = m.Id, m.WorkItemId, m.DeletedAt != nil
		f.need(m.Content != "" && m.CreatedBy != "", "comment %s", show(m))
	case 'y', 'Y':
		m := &pm.TimeEntry{}
		e.record = m
		parse(m)
		e.id, owner, e.deleted = m.Id, m.WorkItemId, m.DeletedAt != nil
		f.need((m.EndedAt == nil) == (m.DurationSeconds == nil), "half ended: %s", show(m))
		if m.EndedAt != nil && m.DurationSeconds != nil {
			f.need(*m.EndedAt-m.StartedAt == int64(*m.DurationSeconds) && *m.DurationSeconds >= 0, "duration of %s", show(m))
		}
	case 'd', 'D':
		m := &pm.Dependency{}
		e.record = m
		parse(m)
		e.id, owner, e.deleted = m.Id, e.owner.String(), m.DeletedAt != nil
		f.need(m.BlockedItemId != m.BlockingItemId && (m.DependencyType == 1 || m.DependencyType == 2), "link %s", show(m))
	}
	f.need(owner == e.owner.String(), "%x belongs to %s", key, owner)
	f.placed[string(key)] = e
}

// checkPlaced holds the entities against their locators and owners.
func (f *fsckState) checkPlaced() {
	perKind := map[byte]int{}
	for key, e := range f.placed {
		kind, live := liveLetters[e.letter]
		if !live {
			kind = deletedLetters[e.letter]
		}
		perKind[kind]++
		f.need(live != e.deleted, "%x is in the wrong table", key)
		id, err := ref.Parse(e.id)
		f.need(err == nil, "%x has id %q", key, e.id)
		at := f.where[whereLetters[kind]+e.id]
		f.need(at != nil && f.id(at.OwnerId) == e.owner && uint32(at.Number) == e.number, "%x is not where its locator says: %s", key, show(at))
		if kind == 3 || kind == 6 {
			f.need(f.live[e.owner] != nil || f.gone[e.owner] != nil, "%x belongs to no project", key)
		} else {
			f.need(f.locators[e.owner] != nil, "%x belongs to no item", key)
		}
		f.checkHistory(kind, id, e.deleted)
	}
	for kind, letter := range whereLetters {
		n := 0
		for key := range f.where {
			if key[:1] == letter {
				n++
			}
		}
		f.need(letter == "" || n == perKind[byte(kind)], "%d locators %s for %d entities", n, letter, perKind[byte(kind)])
	}
}

// checkRefs derives the tables v, z and o from the entities and compares.
func (f *fsckState) checkRefs() {
	want := map[string]string{}
	for _, e := range f.placed {
		if e.deleted {
			continue
		}
		switch m := e.record.(type) {
		case *pm.Sprint:
			if m.Status == pm.SprintStatus_ACTIVE {
				key := "v" + string(e.owner[:])
				f.need(want[key] == "", "project %v has two active sprints", e.owner)
				want[key] = m.Id
			}
		case *pm.TimeEntry:
			start := binary.BigEndian.AppendUint64([]byte("o"+string(e.owner[:])), uint64(m.StartedAt)+1<<63)
			want[string(binary.BigEndian.AppendUint32(start, e.number))] = m.Id
			if user, err := ref.Parse(m.UserId); err != nil {
				f.problem("entry of user %q", m.UserId)
			} else if m.EndedAt == nil {
				key := "z" + string(user[:])
				f.need(want[key] == "", "user %v has two running timers", user)
				want[key] = m.Id
			}
		}
	}
	f.need(len(want) == len(f.refs), "%d references, want %d", len(f.refs), len(want))
	for key, id := range want {
		f.need(f.refs[key].String() == id, "%x refers to %v, want %s", key, f.refs[key], id)
	}
}

// checkLinks derives the tables f and j from the dependencies, and looks for circles among live items.
func (f *fsckState) checkLinks() {
	want := map[string]pm.Link{}
	after := map[string][]string{}
	for key, e := range f.placed {
		m, ok := e.record.(*pm.Dependency)
		if !ok {
			continue
		}
		from, err1 := ref.Parse(m.BlockingItemId)
		to, err2 := ref.Parse(m.BlockedItemId)
		a, b := f.locators[from], f.locators[to]
		if err1 != nil || err2 != nil || a == nil || b == nil || f.id(a.OwnerId) != e.owner || f.id(b.OwnerId) != e.owner {
			f.problem("the ends of %x: %s", key, show(m))
			continue
		}
		if e.deleted {
			continue
		}
		l := pm.Link{Number: int32(e.number), Blocks: m.DependencyType == 1}
		out := "f" + string(from[:]) + string(to[:])
		_, twice := want[out]
		f.need(!twice, "two links %x", out)
		want[out], want["j"+string(to[:])+string(from[:])] = l, l
		if l.Blocks && f.items[from] != nil && f.items[to] != nil {
			after[m.BlockingItemId] = append(after[m.BlockingItemId], m.BlockedItemId)
		}
	}
	f.need(len(want) == len(f.links), "%d ends of links, want %d", len(f.links), len(want))
	for key, l := range want {
		got := f.links[key]
		f.need(got != nil && got.Number == l.Number && got.Blocks == l.Blocks, "end %x is %s, want %s", key, show(got), show(l))
	}
	for changed := true; changed; { // take away what blocks nothing until only circles are left
		changed = false
		for from, list := range after {
			left := list[:0]
			for _, to := range list {
				if len(after[to]) > 0 {
					left = append(left, to)
				}
			}
			changed = changed || len(left) < len(list)
			after[from] = left
		}
	}
	for from, list := range after {
		f.need(len(list) == 0, "%s is in or leads to a circle: %s", from, fmt.Sprint(list))
	}
}
