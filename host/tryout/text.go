package tryout

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is bytes that are written as text where they are text, and otherwise as "hex:" and their digits. Text that begins
// so itself is written in digits too, so that every Text can be read back.
type Text []byte

const hexPrefix = "hex:"

// String returns the written form.
func (t Text) String() string {
	s := string(t)
	if isPlain(s) {
		return s
	}
	return hexPrefix + hex.EncodeToString(t)
}

func isPlain(s string) bool {
	if !utf8.ValidString(s) || strings.HasPrefix(s, hexPrefix) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) < 0
}

// MarshalText implements encoding.TextMarshaler, and with it the JSON form: a string.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It copies b.
func (t *Text) UnmarshalText(b []byte) error {
	digits, isHex := strings.CutPrefix(string(b), hexPrefix)
	if !isHex {
		*t = append(Text{}, b...)
		return nil
	}
	decoded, err := hex.DecodeString(digits)
	if err != nil {
		return fmt.Errorf("%.40q is no text in hexadecimal digits: %w", b, err)
	}
	*t = decoded
	return nil
}
