package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// openSession makes the user of a new connection known. A user who is known already costs one read.
func openSession(c *guest.Call) error {
	user := caller(c)
	if has(c, userKey(user)) {
		return nil
	}
	email := "user-" + user.String()[:8] + "@localhost"
	store(c, userKey(user), &pm.User{Id: user[:], Email: &email, CreatedAt: c.Now()})
	return nil
}
