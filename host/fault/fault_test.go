package fault

import (
	"errors"
	"testing"
)

func TestEveryKindSaysWhatItMeans(t *testing.T) {
	names := map[string]Kind{}
	for kind := range kindCount {
		f := New(kind, nil)
		if kind.String() == "" || f.WireCode() == "" || f.Text() == "" || kind.Status() < 400 {
			t.Errorf("kind %d: %q %q %q %d", kind, kind, f.WireCode(), f.Text(), kind.Status())
		}
		if other, taken := names[kind.String()]; taken {
			t.Errorf("kinds %d and %d are both called %s", kind, other, kind)
		}
		names[kind.String()] = kind
	}
}

func TestAFaultKeepsItsCauseToItself(t *testing.T) {
	cause := errors.New("/var/lib/secret")
	f := New(Storage, cause)
	if f.Text() == cause.Error() || !errors.Is(f, cause) || f.Error() != "storage: /var/lib/secret" {
		t.Errorf("client sees %q, log sees %q", f.Text(), f.Error())
	}
	if own := (&Fault{Kind: Rejected, Code: "CONFLICT", Message: "version is 2"}); own.WireCode() != "CONFLICT" || own.Text() != "version is 2" {
		t.Errorf("client sees %q %q", own.WireCode(), own.Text())
	}
}
