package identity

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// claims are what a token says. It implements jwt.Claims with rules stricter than the library's own types: names are
// compared exactly, times are whole numbers, and what is there must have its type.
type claims struct {
	subject   string
	issued    *int64
	expires   *int64
	notBefore *int64
	roles     []string
	audience  []string
}

// latest bounds times: beyond it, sums with a leeway would overflow. It is some 280 million years away.
const latest = 1 << 53

var (
	errClaim = errors.New("claim has the wrong type")
	errRange = errors.New("claim is out of range")
	errEmpty = errors.New("claim is missing")
)

// UnmarshalJSON implements json.Unmarshaler. A claim that is null counts as absent.
func (c *claims) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &raw) != nil { // the decoder would replace bytes: two subjects could be one
		return errClaim
	}
	for name, into := range map[string]any{
		"sub": &c.subject, "iat": &c.issued, "exp": &c.expires, "nbf": &c.notBefore, "roles": &c.roles,
	} {
		if value, ok := raw[name]; ok && json.Unmarshal(value, into) != nil {
			return errClaim
		}
	}
	audience, ok := raw["aud"]
	if !ok {
		return nil
	}
	var one string
	if json.Unmarshal(audience, &one) == nil {
		c.audience = []string{one}
		return nil
	}
	if json.Unmarshal(audience, &c.audience) != nil {
		c.audience = nil // ignored, unless an audience is configured: then it matches none
	}
	return nil
}

// MarshalJSON implements json.Marshaler, for Mint.
func (c claims) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Subject  string   `json:"sub"`
		Issued   *int64   `json:"iat"`
		Expires  *int64   `json:"exp"`
		Roles    []string `json:"roles,omitempty"`
		Audience []string `json:"aud,omitempty"`
	}{c.subject, c.issued, c.expires, c.roles, c.audience})
}

// Validate implements jwt.ClaimsValidator: what the library does not check.
func (c *claims) Validate() error {
	if c.subject == "" || c.issued == nil {
		return errEmpty
	}
	return nil
}

// GetExpirationTime implements jwt.Claims, as do the methods below.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return date(c.expires) }
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return date(c.issued) }
func (c *claims) GetNotBefore() (*jwt.NumericDate, error)      { return date(c.notBefore) }
func (c *claims) GetIssuer() (string, error)                   { return "", nil } // not checked
func (c *claims) GetSubject() (string, error)                  { return c.subject, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)       { return c.audience, nil }

func date(seconds *int64) (*jwt.NumericDate, error) {
	switch {
	case seconds == nil:
		return nil, nil
	case *seconds < -latest || *seconds > latest:
		return nil, errRange
	}
	return &jwt.NumericDate{Time: time.Unix(*seconds, 0)}, nil
}
