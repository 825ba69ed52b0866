package fanout

import (
	"hash/maphash"
	"math/bits"
)

// users finds the subscribers of a user: a hash table whose chains are linked through the subscribers, so that it takes
// eight bytes for each, where a map would take forty. It grows by one chain with each subscriber (linear hashing, Litwin
// 1980), so nobody's Join has to wait for all to be moved. Its methods are called with Hub.mu held.
type users struct {
	seed   maphash.Seed
	chains []*Subscriber // the first of each
	count  int
}

func newUsers() users {
	return users{seed: maphash.MakeSeed(), chains: make([]*Subscriber, 1)}
}

// chain returns the first of the subscribers among whom are those of a user, by the bytes of its id.
func (u *users) chain(user string) *Subscriber { return u.chains[u.place(user)] }

// place is where the chain of a user is: at its hash modulo the power of two that the number of chains has reached, or if
// the table has grown that far, modulo the next.
func (u *users) place(user string) int {
	n := len(u.chains)
	power := 1 << bits.Len(uint(n))
	i := int(maphash.String(u.seed, user) & uint64(power-1))
	if i >= n {
		i -= power / 2
	}
	return i
}

func (u *users) add(s *Subscriber) {
	u.count++
	if u.count > len(u.chains) {
		u.grow()
	}
	u.push(s)
}

// push makes s the first of its chain.
func (u *users) push(s *Subscriber) {
	first := &u.chains[u.place(string(s.user[:]))]
	s.prev, s.next = nil, *first
	if s.next != nil {
		s.next.prev = s
	}
	*first = s
}

// grow divides one chain in two.
func (u *users) grow() {
	n := len(u.chains)
	old := n - 1<<(bits.Len(uint(n))-1)
	u.chains = append(u.chains, nil)
	s := u.chains[old]
	u.chains[old] = nil
	for s != nil {
		next := s.next
		u.push(s)
		s = next
	}
}

func (u *users) remove(s *Subscriber) {
	u.count--
	if s.next != nil {
		s.next.prev = s.prev
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		u.chains[u.place(string(s.user[:]))] = s.next
	}
}
