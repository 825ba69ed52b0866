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
	u := &pm.User{Id: user[:], CreatedAt: c.Now()}
	email := "user-" + user.String()[:8] + "@localhost"
	if id, _ := c.Config("api.llm_user_id"); id == user.String() {
		email = id + "@system.local"
		if name, _ := c.Config("api.llm_user_name"); name != "" {
			u.Name = &name
		}
	}
	u.Email = &email
	store(c, userKey(user), u)
	return nil
}
