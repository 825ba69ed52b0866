package key

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitDataUndoesAppend(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[a-z0-9_-]{1,64}`).Draw(rt, "set")
		own := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(rt, "key")
		set, guest, ok := SplitData(append(AppendDataSet(nil, name), own...))
		if !ok || string(set) != name || !bytes.Equal(guest, own) {
			rt.Fatalf("%q %x %v", set, guest, ok)
		}
	})
}

func TestSplitDataRefusesOtherKeys(t *testing.T) {
	for _, k := range []string{"", "d", "dboard", "d\x00x", "dboard\x00", "mlast-commit", "l\x00"} {
		if set, guest, ok := SplitData([]byte(k)); ok {
			t.Errorf("%q is %q and %x", k, set, guest)
		}
	}
}
