package deploy

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
)

// MaxSignatureBytes is the largest signature file that is read.
const MaxSignatureBytes = 4 << 10

// SignatureSuffix is what the file of a signature is called behind the name of what it signs.
const SignatureSuffix = ".minisig"

// Keys are the public keys whose signatures are trusted. None means that signatures are not asked for.
type Keys []minisign.PublicKey

// ParseKeys reads a list, separated by commas, of minisign public keys and of files that hold one, relative to dir.
func ParseKeys(list, dir string) (Keys, error) {
	var keys Keys
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		var key minisign.PublicKey
		if err := key.UnmarshalText([]byte(entry)); err == nil {
			keys = append(keys, key)
			continue
		}
		path := entry
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		text, err := os.ReadFile(path)
		if err == nil {
			err = key.UnmarshalText(text)
		}
		if err != nil {
			return nil, fmt.Errorf("trusted key %q is neither a minisign public key nor the file of one (%w): make one with `workcell key new`", entry, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Verify checks the signature of a module and returns the id of the key; without keys it takes everything. The error is a
// *Refusal.
func (k Keys) Verify(wasm, signature []byte) (signer string, err error) {
	if len(k) == 0 {
		return "", nil
	}
	if len(signature) == 0 {
		return "", refuse(nil, "sign it with `workcell handler sign`, and bring the signature along (FILE"+SignatureSuffix+")",
			"it is not signed, and only signed handlers are taken (handler.trusted_keys)")
	}
	var s minisign.Signature
	if len(signature) > MaxSignatureBytes || s.UnmarshalText(signature) != nil {
		return "", refuse(nil, "sign it anew with `workcell handler sign`", "its signature is not one of minisign")
	}
	for _, key := range k {
		if key.ID() != s.KeyID {
			continue
		}
		if !minisign.Verify(key, wasm, signature) {
			return "", refuse(nil, "sign this very file anew, and copy both files again", "its signature is not that of these bytes")
		}
		return keyID(s.KeyID), nil
	}
	return "", refuse(nil, "sign it with a key of handler.trusted_keys, or add that key there",
		"it is signed with the key %s, which is not trusted", keyID(s.KeyID))
}

func keyID(id uint64) string { return fmt.Sprintf("%016X", id) }

// ErrPassword is the error of a private key that a password does not open.
var ErrPassword = errors.New("the password does not open the private key")

// NewKey makes a pair of minisign keys, as the texts of their files. A password protects the private key; empty: none does.
func NewKey(password string) (public, private []byte, err error) {
	publicKey, privateKey, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if public, err = publicKey.MarshalText(); err != nil {
		return nil, nil, err
	}
	if password == "" {
		private, err = privateKey.MarshalText()
	} else {
		private, err = minisign.EncryptKey(password, privateKey)
	}
	return append(public, '\n'), append(private, '\n'), err
}

// Sign signs a module with the private key of a file, and returns the text of the signature's file.
func Sign(wasm, private []byte, password string) ([]byte, error) {
	private = bytes.TrimRight(private, "\r\n")
	var key minisign.PrivateKey
	if !minisign.IsEncrypted(private) {
		if err := key.UnmarshalText(private); err != nil {
			return nil, fmt.Errorf("it is no private key of minisign: %w: make one with `workcell key new`", err)
		}
		return minisign.Sign(key, wasm), nil
	}
	key, err := minisign.PrivateKey{}, ErrPassword
	if password != "" { // trying takes seconds, and a gigabyte of memory: that is what protects it
		key, err = minisign.DecryptKey(password, private)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: name the file with the right one by --password-file", ErrPassword)
	}
	return minisign.Sign(key, wasm), nil
}
