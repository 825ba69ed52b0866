package identity

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Admin is the role that may use the admin endpoints.
const Admin = "admin"

// Person is who a client turned out to be. Immutable.
type Person struct {
	User    [16]byte
	Roles   []string  // of the token; none without one
	ByToken bool      // a token said so, rather than the client
	Expires time.Time // when the token is not good any more, leeway included; zero: never
}

// Has reports whether the person has a role.
func (p Person) Has(role string) bool { return slices.Contains(p.Roles, role) }

// namespace of the ids of users whose names are no UUIDs.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("workcell:user"))

// UserID returns the id of the user that a client, or a token, calls name: the UUID it is, or one that is derived from it
// and always the same.
func UserID(name string) [16]byte {
	if uuid.Validate(name) == nil { // Parse alone takes any two characters for braces
		return uuid.MustParse(name)
	}
	return uuid.NewSHA1(namespace, []byte(name))
}
