package board

import (
	"bytes"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// What one page of a check takes. A page ends behind the record with which it exceeds one of them.
const (
	maxCheckRecords  = 1000
	maxCheckReads    = 5000    // of other records, to compare with
	maxCheckBytes    = 4 << 20 // of records: nothing is freed during a call
	maxCheckProblems = 100
)

// checkData looks through the data set, in the order of keys, for records that are not as they must be or do not fit to
// others. Each record is held against those it depends on and those that must be there because of it, so that what is
// missing is missed by another. A page sees one state of the store; what is written between two pages is no problem.
func checkData(c *guest.Call) error {
	from := c.Request()
	if len(from) > abi.MaxKeyBytes {
		return undecodable()
	}
	k := &checker{c: c}
	var page abi.Check
	c.Scan(dataSet, guest.Range{Lo: from}, func(key, value []byte) bool {
		if k.records == maxCheckRecords || k.reads >= maxCheckReads || k.bytes >= maxCheckBytes || len(k.problems) >= maxCheckProblems {
			page.Cursor = bytes.Clone(key)
			return false
		}
		k.records++
		k.bytes += len(value)
		k.check(key, value)
		return true
	})
	page.Problems = k.problems
	for i, n := range k.counts {
		if n > 0 {
			page.Counts = append(page.Counts, abi.Count{Name: countNames[i], N: n})
		}
	}
	c.Reply(abi.AppendCheck(nil, &page))
	return nil
}

// A checker checks the records of one page.
type checker struct {
	c                     *guest.Call
	records, reads, bytes int
	counts                [countCount]uint64
	problems              []string

	key  []byte               // of the record at hand, a view
	row  *pm.ActivityLogEntry // the activity row before it, if there is one on this page
	rowN int64                // its number
	rowS subject
}

// What is counted.
const (
	countProjects = iota
	countItems
	countSprints
	countComments
	countEntries
	countDependencies
	countDeleted
	countMembers
	countUsers
	countRows
	countCount
)

var countNames = [countCount]string{
	"projects", "work items", "sprints", "comments", "time entries", "dependencies", "deleted entities", "members", "users",
	"activity rows",
}

// checks are the checks by table, with the length of a key of it.
var checks = [256]struct {
	length int
	check  func(k *checker, key, value []byte)
}{
	'p': {17, (*checker).project}, 'q': {17, (*checker).project}, 'n': {17, (*checker).itemCounter},
	'm': {33, (*checker).member}, 'b': {33, (*checker).membership}, 'u': {17, (*checker).user},
	'i': {17, (*checker).locator}, 'w': {21, (*checker).item}, 'x': {21, (*checker).item}, 'c': {41, (*checker).sibling},
	's': {17, (*checker).locator}, 't': {21, (*checker).sprint}, 'T': {21, (*checker).sprint}, 'v': {17, (*checker).activeSprint},
	'r': {17, (*checker).locator}, 'g': {21, (*checker).comment}, 'G': {21, (*checker).comment},
	'e': {17, (*checker).locator}, 'y': {21, (*checker).entry}, 'Y': {21, (*checker).entry},
	'o': {29, (*checker).started}, 'z': {17, (*checker).timer},
	'l': {17, (*checker).locator}, 'd': {21, (*checker).dependency}, 'D': {21, (*checker).dependency},
	'f': {33, (*checker).link}, 'j': {33, (*checker).link},
	'a': {26, (*checker).activity}, 'h': {18, (*checker).history},
}

func (k *checker) check(key, value []byte) {
	k.key = key
	table := &checks[key[0]]
	switch {
	case key[0] == 'k' && len(key) >= 1+minProjectKey && len(key) <= 1+maxProjectKey:
		k.projectName(key, value)
	case table.check == nil || len(key) != table.length:
		k.problem("no record has such a key")
	default:
		table.check(k, key, value)
	}
}

// problem adds a sentence about the record at hand.
//
//go:noinline
func (k *checker) problem(what string) {
	text := "record " + hexText(k.key) + ": " + what
	k.problems = append(k.problems, text[:min(len(text), abi.MaxCheckProblemBytes)])
}

// need adds a sentence unless all is fine.
//
//go:noinline
func (k *checker) need(fine bool, what string) {
	if !fine {
		k.problem(what)
	}
}

// parse reads the record at hand into r. It reports false, and the problem, if it is none.
func (k *checker) parse(value []byte, r record) bool {
	message, err := body(k.key, value)
	if err != nil || r.Parse(message) != nil {
		k.problem("it does not decode, or has an unknown version")
		return false
	}
	return true
}

// load reads another record into r. A record that does not decode counts as absent: it is a problem of its own.
func (k *checker) load(key []byte, r record) bool {
	message, found := k.get(key)
	return found && r.Parse(message) == nil
}

// get returns the message of another record.
func (k *checker) get(key []byte) (message []byte, found bool) {
	value, _ := k.c.Get(dataSet, key)
	k.reads++
	k.bytes += len(value)
	message, err := body(key, value)
	return message, err == nil
}

func (k *checker) has(key []byte) bool {
	_, found := k.get(key)
	return found
}

// hasID reports whether the message of another record has an id.
func (k *checker) hasID(key []byte, id uuid) bool {
	message, found := k.get(key)
	text, ok := pm.Bytes(message, 1)
	return found && ok && string(text) == id.String()
}

// refersTo reports whether another record refers to an entity.
func (k *checker) refersTo(key []byte, id uuid) bool {
	var r pm.Ref
	return k.load(key, &r) && string(r.Id) == string(id[:])
}

// ref reads the record at hand as a reference.
func (k *checker) ref(value []byte) (id uuid, ok bool) {
	var r pm.Ref
	if !k.parse(value, &r) {
		return uuid{}, false
	}
	if id, ok = uuidFrom(r.Id); !ok {
		k.problem("it refers to nothing")
	}
	return id, ok
}

// locate returns where another entity is.
func (k *checker) locate(t *table, id uuid) (at place, found bool) {
	var l pm.Locator
	if !k.load(t.locatorKey(id), &l) {
		return place{}, false
	}
	owner, ok := uuidFrom(l.OwnerId)
	return place{owner, l.Number}, ok
}

// projectExists reports whether there is or was a project.
func (k *checker) projectExists(id uuid) bool {
	return k.has(projectKey(id)) || k.has(deletedProjectKey(id))
}
