package board

// A tree is the hierarchy of a whole project in memory: what hierarchy.go finds by walking, for all items at once.
// Items are named by their index in the list that the tree was made of.
type tree struct {
	items []listed
	slots []int32 // live items, each at the first free slot from that of its id on; one slot in two is none
	first []int32 // first child, or none
	next  []int32 // next sibling, or none
	met   []int32 // the last search that met the item
	turn  int32   // number of the current search
	found []int32 // result of the current search, reused
}

const none = -1

// newTree makes the tree of items, which must be in the order of their positions. Deleted ones have a place above
// themselves but are in nobody's list.
func newTree(items []listed) *tree {
	slots := 2
	for slots < 2*len(items) {
		slots *= 2
	}
	numbers := make([]int32, slots+3*len(items))
	t := &tree{items: items, slots: numbers[:slots]}
	numbers = numbers[slots:]
	t.first, t.next, t.met = numbers[:len(items)], numbers[len(items):2*len(items)], numbers[2*len(items):]
	for i := range t.slots {
		t.slots[i] = none
	}
	for i := range items {
		t.first[i], t.next[i] = none, none
		if !items[i].deleted {
			t.slots[t.slot(items[i].id)] = int32(i)
		}
	}
	for i := len(items) - 1; i >= 0; i-- { // backwards, because each goes in front of its next sibling
		if parent := t.parent(int32(i)); parent != none && !items[i].deleted {
			t.next[i], t.first[parent] = t.first[parent], int32(i)
		}
	}
	return t
}

// slot returns where the live item with an id is, or would be. Ids are random, so any four bytes of one are its hash.
func (t *tree) slot(id uuid) uint32 {
	last := uint32(len(t.slots) - 1)
	for at := uint32(id[0]) | uint32(id[1])<<8 | uint32(id[2])<<16 | uint32(id[3])<<24; ; at++ {
		if i := t.slots[at&last]; i == none || t.items[i].id == id {
			return at & last
		}
	}
}

// parent returns the live parent of item i, or none.
func (t *tree) parent(i int32) int32 {
	if t.items[i].parent == (uuid{}) {
		return none
	}
	return t.slots[t.slot(t.items[i].parent)]
}

// search starts a search from item i, which it will not meet again.
func (t *tree) search(i int32) {
	t.turn++
	t.met[i] = t.turn
	t.found = t.found[:0]
}

// meet adds item i to what was found, unless the search has met it.
func (t *tree) meet(i int32) bool {
	if t.met[i] == t.turn {
		return false
	}
	t.met[i] = t.turn
	t.found = append(t.found, i)
	return true
}

// ancestors returns what is above item i, nearest first. The list is valid until the next search.
func (t *tree) ancestors(i int32) []int32 {
	t.search(i)
	for at := t.parent(i); at != none && len(t.found) < maxLevels && t.meet(at); {
		at = t.parent(at)
	}
	return t.found
}

// descendants returns what is below item i, breadth first. The list is valid until the next search.
func (t *tree) descendants(i int32) []int32 {
	t.search(i)
	t.meetChildren(i)
	for n := 0; n < len(t.found); n++ {
		t.meetChildren(t.found[n])
	}
	return t.found
}

func (t *tree) meetChildren(i int32) {
	for child := t.first[i]; child != none; child = t.next[child] {
		t.meet(child)
	}
}
