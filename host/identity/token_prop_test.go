package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatIsMintedVerifies(t *testing.T) {
	private, public := keyFiles(t, rsaKey())
	signing, err := ReadPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	verifying, err := ReadPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []struct{ sign, verify Key }{{SecretKey(secret), SecretKey(secret)}, {signing, verifying}}
	rapid.Check(t, func(t *rapid.T) {
		pair := rapid.SampledFrom(pairs).Draw(t, "keys")
		life := time.Duration(rapid.Int64Range(-7200, 7200).Draw(t, "life")) * time.Second
		want := Token{
			Subject: rapid.StringN(1, 50, 200).Draw(t, "subject"), Issued: now, Expires: now.Add(life),
			Roles: rapid.SliceOfN(rapid.StringN(0, 20, 80), 1, 5).Draw(t, "roles"),
		}
		text, err := pair.sign.Mint(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewVerifier(pair.verify, "").Verify(text, now)
		if (life > -Leeway) != (err == nil) || err != nil && !errors.Is(err, Expired) {
			t.Fatalf("a token good for %v: %v", life, err)
		}
		if err == nil && (got.Subject != want.Subject || strings.Join(got.Roles, "\x00") != strings.Join(want.Roles, "\x00") || !got.Expires.Equal(want.Expires)) {
			t.Fatalf("minted %+v, verified %+v", want, got)
		}
	})
}

// No change of one bit anywhere in a token goes unnoticed, whichever method signed it.
func TestNoFlippedBitVerifies(t *testing.T) {
	private, _ := keyFiles(t, rsaKey())
	rs, err := ReadPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []Key{SecretKey(secret), rs} {
		text, err := key.Mint(Token{Subject: "user-1", Roles: []string{"admin"}, Issued: now, Expires: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		verifier := NewVerifier(key, "")
		if _, err := verifier.Verify(text, now); err != nil {
			t.Fatal(err)
		}
		for i := range text {
			for bit := range 8 {
				flipped := []byte(text)
				flipped[i] ^= 1 << bit
				if _, err := verifier.Verify(string(flipped), now); err == nil {
					t.Fatalf("%v: bit %d of byte %d does not matter: %s", key, bit, i, flipped)
				}
			}
		}
	}
}
