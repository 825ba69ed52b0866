package session

import (
	"testing"

	"github.com/google/uuid"
)

func TestUserIDIsStable(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	for _, c := range []struct{ name, user, want string }{
		{"a UUID is the user", id, id},
		{"upper case is the same user", "11111111-1111-4111-8111-111111111111", id},
		{"braces are the same user", "{11111111-1111-4111-8111-111111111111}", id},
		{"a URN is the same user", "urn:uuid:11111111-1111-4111-8111-111111111111", id},
		{"32 digits are the same user", "11111111111141118111111111111111", id},
		{"another text has an id for good", "local-user", "654816ef-bb40-5e44-b430-e7e8d04cd80c"},
		{"which depends on the text", "user-1", uuid.NewSHA1(namespace, []byte("user-1")).String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := uuid.UUID(UserID(c.user)).String(); got != c.want {
				t.Errorf("%q is user %s, want %s", c.user, got, c.want)
			}
		})
	}
	if UserID("user-1") == UserID("user-2") {
		t.Error("two names are one user")
	}
}
