package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"
)

// signed reports whether a token carries the right code, computed without the library.
func signed(token string) bool {
	dot := strings.LastIndexByte(token, '.')
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token[:max(dot, 0)]))
	return dot > 0 && token[dot+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Whatever a client shows, the door neither falls over nor lets in what it did not sign, and its refusals repeat nothing.
func FuzzToken(f *testing.F) {
	good, err := SecretKey(secret).Mint(Token{Subject: "user-1", Issued: now, Expires: now.Add(time.Hour)})
	if err != nil {
		f.Fatal(err)
	}
	body := good[:strings.LastIndexByte(good, '.')]
	f.Add(good)
	f.Add(body + ".")
	f.Add("..")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(hs256(f, `{"sub":"user-1","exp":99999999999,"iat":0,"aud":[[]],"roles":[null]}`))
	f.Add(strings.ReplaceAll(good, ".", "%2E"))
	door := NewDoor(NewVerifier(SecretKey(secret), ""), "local-user")
	f.Fuzz(func(t *testing.T, text string) {
		for _, authorization := range []string{"Bearer " + text, text, ""} {
			person, err := door.Enter(authorization, url.Values{"token": {text}}, now)
			if err == nil {
				if shown := strings.TrimPrefix(authorization, "Bearer "); !signed(shown) && !signed(decodedTwice(text)) || !person.ByToken {
					t.Errorf("%q came in as %+v", text, person)
				}
				continue
			}
			refusal, known := err.(Refusal)
			if !known || strings.ContainsAny(string(refusal), " .%") {
				t.Errorf("%q was refused with %v", text, err)
			}
		}
	})
}
