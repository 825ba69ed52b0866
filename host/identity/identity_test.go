package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const secret = "0123456789abcdef0123456789abcdef"

var now = time.Unix(1_700_000_000, 0)

// rsaKey makes one RSA key for all tests: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		panic(err)
	}
	return key
})

// keyFiles writes the RSA key into files and returns their paths.
func keyFiles(t *testing.T, key *rsa.PrivateKey) (private, public string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte, err error) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(err, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	private = write("private.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(&key.PublicKey)
	return private, write("public.pem", "PUBLIC KEY", der, err)
}

// token signs a header and claims as they stand.
func token(t testing.TB, method jwt.SigningMethod, key any, header, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	signature, err := method.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func hs256(t testing.TB, claims string) string {
	t.Helper()
	return token(t, jwt.SigningMethodHS256, []byte(secret), `{"alg":"HS256","typ":"JWT"}`, claims)
}

func TestClaims(t *testing.T) {
	at := func(seconds int) string { return fmt.Sprint(now.Unix() + int64(seconds)) }
	good := `"sub":"user-1","exp":` + at(3600) + `,"iat":` + at(0)
	for _, c := range []struct {
		name, claims string
		audience     string
		want         error
	}{
		{"subject, expiry and issue are enough", `{` + good + `}`, "", nil},
		{"no subject", `{"exp":` + at(9) + `,"iat":1}`, "", BadClaim},
		{"an empty subject", `{"sub":"","exp":` + at(9) + `,"iat":1}`, "", BadClaim},
		{"a subject that is no text", `{"sub":7,"exp":` + at(9) + `,"iat":1}`, "", Malformed},
		{"a subject that is not UTF-8", `{"sub":"u` + "\xff" + `","exp":` + at(9) + `,"iat":1}`, "", Malformed},
		{"a subject in capitals is another claim", `{"SUB":"user-1","exp":` + at(9) + `,"iat":1}`, "", BadClaim},
		{"no expiry", `{"sub":"u","iat":1}`, "", BadClaim},
		{"an expiry that is null", `{"sub":"u","exp":null,"iat":1}`, "", BadClaim},
		{"an expiry that is a text", `{"sub":"u","exp":"` + at(9) + `","iat":1}`, "", Malformed},
		{"an expiry with a fraction", `{"sub":"u","exp":` + at(9) + `.5,"iat":1}`, "", Malformed},
		{"an expiry beyond all time", `{"sub":"u","exp":9223372036854775807,"iat":1}`, "", BadClaim},
		{"expired 29 s ago", `{"sub":"u","exp":` + at(-29) + `,"iat":1}`, "", nil},
		{"expired 30 s ago", `{"sub":"u","exp":` + at(-30) + `,"iat":1}`, "", Expired},
		{"no issue", `{"sub":"u","exp":` + at(9) + `}`, "", BadClaim},
		{"an issue that is a text", `{"sub":"u","exp":` + at(9) + `,"iat":"1"}`, "", Malformed},
		{"issued in the future", `{"sub":"u","exp":` + at(9) + `,"iat":` + at(8) + `}`, "", nil},
		{"valid 30 s from now", `{` + good + `,"nbf":` + at(30) + `}`, "", nil},
		{"valid 31 s from now", `{` + good + `,"nbf":` + at(31) + `}`, "", NotYetValid},
		{"valid at the end of time", `{` + good + `,"nbf":9223372036854775807}`, "", BadClaim},
		{"roles", `{` + good + `,"roles":["admin","x"]}`, "", nil},
		{"roles that are no list", `{` + good + `,"roles":"admin"}`, "", Malformed},
		{"roles that are no texts", `{` + good + `,"roles":[1]}`, "", Malformed},
		{"any issuer", `{` + good + `,"iss":"somebody"}`, "", nil},
		{"an audience nobody asked for", `{` + good + `,"aud":"other"}`, "", nil},
		{"an audience of a strange type nobody asked for", `{` + good + `,"aud":{}}`, "", nil},
		{"the audience", `{` + good + `,"aud":"box"}`, "box", nil},
		{"the audience among others", `{` + good + `,"aud":["other","box"]}`, "box", nil},
		{"another audience", `{` + good + `,"aud":"other"}`, "box", BadAudience},
		{"no audience where one is asked for", `{` + good + `}`, "box", BadClaim},
		{"claims that are null", `null`, "", BadClaim},
		{"claims that are a list", `[]`, "", Malformed},
		{"claims that are no JSON", `{`, "", Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := NewVerifier(SecretKey(secret), c.audience).Verify(hs256(t, c.claims), now)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (err == nil) != (got.Subject != "") {
				t.Errorf("%s: %+v, %v; want %v", c.claims, got, err, c.want)
			}
		})
	}
}

func TestOnlyTheConfiguredMethodAndKey(t *testing.T) {
	private, public := keyFiles(t, rsaKey())
	verifying, err := ReadPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	signing, err := ReadPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	claims := fmt.Sprintf(`{"sub":"u","iat":1,"exp":%d}`, now.Unix()+60)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
	hs := func(key []byte, header string) string { return token(t, jwt.SigningMethodHS256, key, header, claims) }
	rs := func(header string) string { return token(t, jwt.SigningMethodRS256, rsaKey(), header, claims) }
	minted, err := signing.Mint(Token{Subject: "u", Issued: now, Expires: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		hs, rs      error // of a verifier of each method
	}{
		{"HS256", hs([]byte(secret), `{"alg":"HS256"}`), nil, WrongMethod},
		{"RS256", rs(`{"alg":"RS256"}`), WrongMethod, nil},
		{"RS256, minted", minted, WrongMethod, nil},
		{"HS256 with another secret", hs([]byte("another"), `{"alg":"HS256"}`), BadSignature, WrongMethod},
		{"HS256 with the public key as its secret", hs(publicPEM, `{"alg":"HS256"}`), BadSignature, WrongMethod},
		{"the same, said to be RS256", hs(publicPEM, `{"alg":"RS256"}`), WrongMethod, BadSignature},
		{"RS256 said to be HS256", rs(`{"alg":"HS256"}`), BadSignature, WrongMethod},
		{"none", none, WrongMethod, WrongMethod},
		{"none with a signature", hs([]byte(secret), `{"alg":"none"}`), WrongMethod, WrongMethod},
		{"None", hs([]byte(secret), `{"alg":"None"}`), WrongMethod, WrongMethod},
		{"HS512", token(t, jwt.SigningMethodHS512, []byte(secret), `{"alg":"HS512"}`, claims), WrongMethod, WrongMethod},
		{"RS512", token(t, jwt.SigningMethodRS512, rsaKey(), `{"alg":"RS512"}`, claims), WrongMethod, WrongMethod},
		{"PS256", token(t, jwt.SigningMethodPS256, rsaKey(), `{"alg":"PS256"}`, claims), WrongMethod, WrongMethod},
		{"no method", hs([]byte(secret), `{}`), WrongMethod, WrongMethod},
		{"a method that is a number", hs([]byte(secret), `{"alg":256}`), WrongMethod, WrongMethod},
		{"an extension that must be understood", hs([]byte(secret), `{"alg":"HS256","crit":["b64"],"b64":false}`), WrongMethod, WrongMethod},
		{"no signature", strings.TrimRight(hs([]byte(secret), `{"alg":"HS256"}`), alphabet[:len(alphabet)-1]), BadSignature, WrongMethod},
		{"four parts", hs([]byte(secret), `{"alg":"HS256"}`) + ".x", Malformed, Malformed},
		{"a line break", hs([]byte(secret), `{"alg":"HS256"}`) + "\n", Malformed, Malformed},
		{"padding", hs([]byte(secret), `{"alg":"HS256"}`) + "=", Malformed, Malformed},
		{"nothing", "", Malformed, Malformed},
		{"two dots", "..", Malformed, Malformed},
		{"too long", strings.Repeat("a", MaxTokenBytes+1), Malformed, Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, v := range []struct {
				key  Key
				want error
			}{{SecretKey(secret), c.hs}, {verifying, c.rs}, {signing, c.rs}} {
				if _, err := NewVerifier(v.key, "").Verify(c.token, now); !errors.Is(err, v.want) || (err == nil) != (v.want == nil) {
					t.Errorf("%v key: %v, want %v", v.key, err, v.want)
				}
			}
		})
	}
	if _, err := verifying.Mint(Token{Subject: "u"}); err == nil {
		t.Error("a public key has signed")
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakPrivate, weakPublic := keyFiles(t, small)
	private, public := keyFiles(t, rsaKey())
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := errors.Join(
		os.WriteFile(text, []byte("no key"), 0o600),
		os.WriteFile(filepath.Join(dir, "long"), make([]byte, maxKeyFileBytes+1), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), dir, text, filepath.Join(dir, "long"), weakPublic, private} {
		if _, err := ReadPublicKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("public key %s: %v", path, err)
		}
	}
	for _, path := range []string{filepath.Join(dir, "missing"), dir, text, weakPrivate, public} {
		if _, err := ReadPrivateKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("private key %s: %v", path, err)
		}
	}
}

func TestAKeyCannotBePrinted(t *testing.T) {
	key := SecretKey(secret)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, key); got != "HS256" {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func TestUserIDIsStable(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	for _, c := range []struct{ name, user, want string }{
		{"a UUID is the user", id, id},
		{"upper case is the same user", strings.ToUpper(id), id},
		{"braces are the same user", "{" + id + "}", id},
		{"a URN is the same user", "urn:uuid:" + id, id},
		{"32 digits are the same user", "11111111111141118111111111111111", id},
		{"other brackets are part of a name", "(" + id + ")", uuid.NewSHA1(namespace, []byte("("+id+")")).String()},
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
