package identity

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestTheDoor(t *testing.T) {
	text, err := SecretKey(secret).Mint(Token{Subject: "user-1", Roles: []string{"admin"}, Issued: now, Expires: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	desktop, tokens := NewDoor(nil, "local-user"), NewDoor(NewVerifier(SecretKey(secret), ""), "local-user")
	percent := strings.ReplaceAll(text, ".", "%2E")
	for _, c := range []struct {
		name                 string
		door                 *Door
		authorization, query string
		want                 string // the user's name
		err                  error
	}{
		{"the client says who it is", desktop, "", "user_id=user-1", "user-1", nil},
		{"or is the fallback", desktop, "", "", "local-user", nil},
		{"or says nothing", desktop, "", "user_id=", "local-user", nil},
		{"a token says nothing without authentication", desktop, "Bearer " + text, "token=" + text, "local-user", nil},

		{"a token in the header", tokens, "Bearer " + text, "", "user-1", nil},
		{"a token in the query", tokens, "", "token=" + text, "user-1", nil},
		{"a token in the query, encoded", tokens, "", "token=" + percent, "user-1", nil},
		{"a token in the query, encoded twice", tokens, "", "token=" + url.QueryEscape(percent), "user-1", nil},
		{"encoded three times is too much", tokens, "", "token=" + url.QueryEscape(url.QueryEscape(percent)), "", Malformed},
		{"the header wins", tokens, "Bearer x", "token=" + text, "", Malformed},
		{"also when it is of another scheme", tokens, "Basic eA==", "token=" + text, "", NoBearer},
		{"no token", tokens, "", "", "", NoToken},
		{"an empty token in the query", tokens, "", "token=", "", NoToken},
		{"an empty token in the header", tokens, "Bearer ", "", "", NoToken},
		{"no space after the scheme", tokens, "Bearer" + text, "", "", NoBearer},
		{"two spaces after the scheme", tokens, "Bearer  " + text, "", "", Malformed},
		{"the scheme in lower case", tokens, "bearer " + text, "", "", NoBearer},
		{"a name is no token", tokens, "", "user_id=user-1", "", NoToken},
		{"the same name beside the token", tokens, "Bearer " + text, "user_id=user-1", "user-1", nil},
		{"the id of that name beside the token", tokens, "Bearer " + text, "user_id=" + uuid.UUID(UserID("user-1")).String(), "user-1", nil},
		{"another name beside the token", tokens, "Bearer " + text, "user_id=user-2", "", OtherUser},
		{"another name behind the same", tokens, "", "user_id=user-1&user_id=user-2&token=" + text, "", OtherUser},
		{"an empty name beside the token", tokens, "Bearer " + text, "user_id=", "user-1", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			query, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.door.Enter(c.authorization, query, now)
			if c.err != nil {
				if !errors.Is(err, c.err) || got.User != [16]byte{} {
					t.Errorf("let in %+v, %v; want %v", got, err, c.err)
				}
				return
			}
			if err != nil || got.User != UserID(c.want) || got.ByToken != (c.door == tokens) || got.Has(Admin) != got.ByToken {
				t.Errorf("let in %+v, %v; want %s", got, err, c.want)
			}
			if got.ByToken && !got.Expires.Equal(now.Add(time.Hour+Leeway)) {
				t.Errorf("good until %v", got.Expires)
			}
		})
	}
	if _, err := desktop.Bearer("Bearer "+text, now); !errors.Is(err, NoToken) {
		t.Errorf("a token without authentication: %v", err)
	}
}
