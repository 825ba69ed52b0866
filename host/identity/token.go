package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Leeway is how far clocks may differ: a token is good so much longer and earlier than it says.
const Leeway = 30 * time.Second

// MaxTokenBytes is the longest token that is looked at.
const MaxTokenBytes = 8 << 10

// Token is what a token says about its bearer.
type Token struct {
	Subject  string // the user, not empty
	Roles    []string
	Issued   time.Time
	Expires  time.Time
	Audience string // for Mint; empty: none
}

// Verifier verifies tokens of one key. Immutable, safe for concurrent use.
type Verifier struct {
	key      Key
	audience string
}

// NewVerifier returns a Verifier for the tokens of key. With an audience, tokens must name it; without, theirs is ignored.
func NewVerifier(key Key, audience string) *Verifier { return &Verifier{key, audience} }

// Verify returns what the token text says, if it is signed with the Verifier's key and method and good at the time now. The error
// is a Refusal.
func (v *Verifier) Verify(text string, now time.Time) (Token, error) {
	if len(text) > MaxTokenBytes || strings.Trim(text, alphabet) != "" {
		return Token{}, Malformed
	}
	options := []jwt.ParserOption{
		jwt.WithValidMethods([]string{v.key.method.Alg()}), jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(), jwt.WithLeeway(Leeway), jwt.WithTimeFunc(func() time.Time { return now }),
	}
	if v.audience != "" {
		options = append(options, jwt.WithAudience(v.audience))
	}
	var c claims
	token, err := jwt.NewParser(options...).ParseWithClaims(text, &c, v.keyFor)
	switch {
	case err != nil && token != nil && token.Method != nil && token.Method.Alg() != v.key.method.Alg():
		return Token{}, WrongMethod
	case err != nil:
		return Token{}, refusalOf(err)
	}
	return Token{Subject: c.subject, Roles: c.roles, Issued: time.Unix(*c.issued, 0), Expires: time.Unix(*c.expires, 0)}, nil
}

// alphabet is what a token is made of. The base64 decoder would skip line breaks, so that one token had many spellings.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// keyFor gives the key to a token whose method was accepted.
func (v *Verifier) keyFor(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok { // extensions that must be understood (RFC 7515, section 4.1.11): we know none
		return nil, WrongMethod
	}
	return v.key.verify, nil
}

// refusalOf finds the reason in an error of the library.
func refusalOf(err error) Refusal {
	for _, known := range []struct {
		err     error
		refusal Refusal
	}{
		{jwt.ErrTokenUnverifiable, WrongMethod}, // a method that is unknown or not named, and what keyFor refuses
		{jwt.ErrTokenMalformed, Malformed},
		{jwt.ErrTokenSignatureInvalid, BadSignature},
		{jwt.ErrTokenExpired, Expired},
		{jwt.ErrTokenNotValidYet, NotYetValid},
		{jwt.ErrTokenInvalidAudience, BadAudience},
	} {
		if errors.Is(err, known.err) {
			return known.refusal
		}
	}
	return BadClaim
}

// Mint returns a signed token that says t.
func (k Key) Mint(t Token) (string, error) {
	if k.sign == nil {
		return "", errors.New("mint a token: a public key can only verify")
	}
	issued, expires := t.Issued.Unix(), t.Expires.Unix()
	c := &claims{subject: t.Subject, roles: t.Roles, issued: &issued, expires: &expires}
	if t.Audience != "" {
		c.audience = []string{t.Audience}
	}
	token, err := jwt.NewWithClaims(k.method, c).SignedString(k.sign)
	if err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	return token, nil
}
