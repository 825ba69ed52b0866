package identity

import (
	"net/url"
	"strings"
	"time"
)

// Door decides who comes in. Immutable, safe for concurrent use.
type Door struct {
	verifier *Verifier // nil: clients are believed
	fallback string
}

// NewDoor returns a Door that asks for tokens which verifier accepts. If that is nil it believes what clients say, and
// takes one that says nothing for the user fallback.
func NewDoor(verifier *Verifier, fallback string) *Door { return &Door{verifier, fallback} }

// AsksForTokens reports whether nobody comes in without a token.
func (d *Door) AsksForTokens() bool { return d.verifier != nil }

// Enter decides about a WebSocket upgrade by its Authorization header, empty if there is none, and its query. The error is
// a Refusal.
func (d *Door) Enter(authorization string, query url.Values, now time.Time) (Person, error) {
	if d.verifier == nil {
		name := query.Get("user_id")
		if name == "" {
			name = d.fallback
		}
		return Person{User: UserID(name)}, nil
	}
	var person Person
	var err error
	if authorization == "" && query.Has("token") {
		person, err = d.show(decodedTwice(query.Get("token")), now)
	} else {
		person, err = d.Bearer(authorization, now)
	}
	if err != nil {
		return Person{}, err
	}
	for _, name := range query["user_id"] {
		if name != "" && UserID(name) != person.User {
			return Person{}, OtherUser
		}
	}
	return person, nil
}

// Bearer decides about an HTTP request by its Authorization header alone: whoever comes in that way has a token. Without
// AsksForTokens nobody does. The error is a Refusal.
func (d *Door) Bearer(authorization string, now time.Time) (Person, error) {
	if d.verifier == nil || authorization == "" {
		return Person{}, NoToken
	}
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return Person{}, NoBearer
	}
	return d.show(token, now)
}

func (d *Door) show(text string, now time.Time) (Person, error) {
	if text == "" {
		return Person{}, NoToken
	}
	token, err := d.verifier.Verify(text, now)
	if err != nil {
		return Person{}, err
	}
	return Person{
		User: UserID(token.Subject), Roles: token.Roles, ByToken: true, Expires: token.Expires.Add(Leeway),
	}, nil
}

// decodedTwice undoes a second percent-encoding: there are clients that apply it twice. No token contains a percent sign.
func decodedTwice(token string) string {
	if decoded, err := url.PathUnescape(token); err == nil {
		return decoded
	}
	return token
}
