package board

import "workcell/guests/guest"

// The keys of the data set: a byte for the table, then ids as 16 bytes and numbers big endian, so that byte order is
// their order and every scan is a prefix.
//
//	p project                               live project            Project
//	q project                               deleted project         Project
//	n project                               number of its next item Counter
//	k KEY                                   project with this key   Ref, live projects only
//	m project | user                        membership              Member
//	b user | project                        the same by user        Ref to the project
//	u user                                  who has been here       User
//	v project                               its active sprint       Ref, live sprints only
//	c project | parent | ^position u32 | ^number u32
//	                                        live items, last first  Ref to the item; parent is zero at the top level
//	o item | start i64 | number u32         live time entries in order of their start, Ref to the entry
//	z user                                  his running timer       Ref, live entries only
//	f blocking item | blocked item          live dependency         Link
//	j blocked item | blocking item          the same backwards      Link
//	a kind u8 | entity | n u64              activity                ActivityLogEntry
//	h kind u8 | entity                      which rows there are    History
//
// Work items, sprints, comments, time entries and dependencies belong to an owner and have a number there (table.go).
// Three tables hold a kind: where each is, the live ones, the deleted ones.
//
//	kind          owner      by id   live: owner | number u32   deleted: same
//	work item     project    i       w                          x
//	sprint        project    s       t                          T
//	comment       work item  r       g                          G
//	time entry    work item  e       y                          Y
//	dependency    project    l       d                          D
//	                         Locator WorkItem, Sprint, Comment, TimeEntry, Dependency
//
// The item counter is no field of the project, so that creating an item does not rewrite the project, and conflicts
// only with creating another. Projects and items therefore carry no derived field in their records:
// next_work_item_number, ancestor_ids and descendant_ids are filled in when they are sent.

// dataSet is the index of the only data set in the manifest.
const dataSet = 0

const keySize = 48 // of the longest key, rounded up

//go:noinline
func key(table byte, ids ...uuid) []byte {
	k := append(guest.Alloc(keySize), table)
	for i := range ids {
		k = append(k, ids[i][:]...)
	}
	return k
}

func projectKey(project uuid) []byte        { return key('p', project) }
func deletedProjectKey(project uuid) []byte { return key('q', project) }
func itemCounterKey(project uuid) []byte    { return key('n', project) }
func projectNameKey(name string) []byte     { return append(key('k'), name...) }

func memberKey(project, user uuid) []byte     { return key('m', project, user) }
func membershipKey(user, project uuid) []byte { return key('b', user, project) }
func userKey(user uuid) []byte                { return key('u', user) }
func activeSprintKey(project uuid) []byte     { return key('v', project) }
func timerKey(user uuid) []byte               { return key('z', user) }

func outgoingKey(blocking, blocked uuid) []byte { return key('f', blocking, blocked) }
func incomingKey(blocked, blocking uuid) []byte { return key('j', blocked, blocking) }

// siblingKey orders from the last sibling to the first, all bits of the numbers being turned round: what a new item asks
// for is the last one, and the first key of a range is the cheapest to find.
func siblingKey(project, parent uuid, position, number int32) []byte {
	return appendUint32(appendUint32(key('c', project, parent), ^uint32(position)), ^uint32(number))
}

// siblingPlace reads position and number of a sibling's key.
func siblingPlace(key []byte) (position, number int32) {
	return int32(^lastUint32(key, 8)), int32(^lastUint32(key, 4))
}

// startKey orders by start, the earliest first: the sign is turned round so that it sorts as the bytes do.
func startKey(item uuid, start int64, number int32) []byte {
	return appendUint32(appendUint64(key('o', item), uint64(start)^1<<63), uint32(number))
}

func activityKey(s subject, n int64) []byte {
	return appendUint64(append(append(key('a'), byte(s.kind)), s.id[:]...), uint64(n))
}

func historyKey(s subject) []byte {
	return append(append(key('h'), byte(s.kind)), s.id[:]...)
}

func appendUint32(dst []byte, n uint32) []byte {
	return append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendUint64(dst []byte, n uint64) []byte {
	return appendUint32(appendUint32(dst, uint32(n>>32)), uint32(n))
}

// lastUint32 reads the number at a distance from the end of a key: 4 is the last number, 8 the one before.
func lastUint32(key []byte, distance int) uint32 {
	b := key[len(key)-distance:]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// idAfter reads the id that stands behind the first n bytes of a key.
func idAfter(key []byte, n int) uuid { return uuid(key[n : n+16]) }

// end returns the first key behind all keys with the given prefix. A prefix starts with a table's letter, so there is
// one.
func end(prefix []byte) []byte {
	k := append(guest.Alloc(keySize), prefix...)
	for i := len(k) - 1; ; i-- {
		if k[i]++; k[i] != 0 {
			return k[:i+1]
		}
	}
}
