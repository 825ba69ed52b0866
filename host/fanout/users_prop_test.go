package fanout

import (
	"testing"

	"pgregory.net/rapid"
)

// The table of users against a list: it finds all subscribers of each user and nobody else's, as it grows.
func TestUsersAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUsers()
		joined := map[byte]map[*Subscriber]bool{} // by user
		var all []*Subscriber
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				user := rapid.Byte().Draw(t, "user") % 40
				for range rapid.IntRange(1, 5).Draw(t, "connections") {
					s := &Subscriber{user: [16]byte{user}}
					u.add(s)
					if joined[user] == nil {
						joined[user] = map[*Subscriber]bool{}
					}
					joined[user][s] = true
					all = append(all, s)
				}
			},
			"remove": func(t *rapid.T) {
				if len(all) == 0 {
					t.Skip("nobody")
				}
				i := rapid.IntRange(0, len(all)-1).Draw(t, "who")
				s := all[i]
				all[i], all = all[len(all)-1], all[:len(all)-1]
				u.remove(s)
				delete(joined[s.user[0]], s)
			},
			"": func(t *rapid.T) {
				for user := range byte(40) {
					id, found := [16]byte{user}, 0
					for s := u.chain(string(id[:])); s != nil; s = s.next {
						if s.user == id {
							found++
							if !joined[user][s] {
								t.Fatal("found who has left")
							}
						}
					}
					if found != len(joined[user]) {
						t.Fatalf("found %d connections of a user, want %d", found, len(joined[user]))
					}
				}
				if u.count != len(all) || u.count > len(u.chains) {
					t.Fatalf("counts %d of %d, in %d chains", u.count, len(all), len(u.chains))
				}
			},
		})
	})
}
