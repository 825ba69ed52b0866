package identity

import (
	"fmt"
	"io"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the shortest RSA key that is taken (RFC 7518, section 3.3).
const minRSABits = 2048

// maxKeyFileBytes bounds what is read as a key. A key of 16 384 bits has about 13 KB.
const maxKeyFileBytes = 64 << 10

// Key signs and verifies tokens with one method. Immutable, safe for concurrent use.
type Key struct {
	method       jwt.SigningMethod
	verify, sign any // as the method wants them; sign is nil for a public key
}

// Format writes the method alone, whatever the verb: a key cannot be printed.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.method.Alg()) }

// SecretKey returns the HS256 key that is the bytes of secret.
func SecretKey(secret string) Key {
	return Key{jwt.SigningMethodHS256, []byte(secret), []byte(secret)}
}

// ReadPublicKey reads the RS256 key that only verifies from a PEM file: a public key, or a certificate.
func ReadPublicKey(path string) (Key, error) {
	pem, err := readKeyFile(path)
	if err != nil {
		return Key{}, err
	}
	public, err := jwt.ParseRSAPublicKeyFromPEM(pem)
	if err != nil {
		return Key{}, fmt.Errorf("%s holds no RSA public key in PEM form: %w", path, err)
	}
	if public.N.BitLen() < minRSABits {
		return Key{}, fmt.Errorf("%s: an RSA key of %d bits is too weak, %d are needed", path, public.N.BitLen(), minRSABits)
	}
	return Key{method: jwt.SigningMethodRS256, verify: public}, nil
}

// ReadPrivateKey reads the RS256 key that signs from a PEM file.
func ReadPrivateKey(path string) (Key, error) {
	pem, err := readKeyFile(path)
	if err != nil {
		return Key{}, err
	}
	private, err := jwt.ParseRSAPrivateKeyFromPEM(pem)
	if err != nil {
		return Key{}, fmt.Errorf("%s holds no RSA private key in PEM form: %w", path, err)
	}
	if private.N.BitLen() < minRSABits {
		return Key{}, fmt.Errorf("%s: an RSA key of %d bits is too weak, %d are needed", path, private.N.BitLen(), minRSABits)
	}
	return Key{jwt.SigningMethodRS256, &private.PublicKey, private}, nil
}

func readKeyFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read key: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read key: %s is not a file", path)
	case info.Size() > maxKeyFileBytes:
		return nil, fmt.Errorf("read key: %s is longer than %d bytes; is it the right file?", path, maxKeyFileBytes)
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return pem, nil
}
