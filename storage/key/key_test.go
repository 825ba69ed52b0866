package key_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"workcell/storage/key"
)

func TestLayout(t *testing.T) {
	user := [16]byte{0xaa, 15: 0xbb}
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{key.AppendMeta([]byte("+"), "x"), "+mx"},
		{key.AppendCatalog([]byte("+"), 'v', []byte("x")), "+hvx"},
		{key.AppendFeed(nil, 0x0102), "f\x00\x00\x00\x00\x00\x00\x01\x02"},
		{key.AppendLedgerBucket(nil, 0x01020304), "l\x01\x02\x03\x04"},
		{key.AppendLedger(nil, 1, user, []byte("id")), "l\x00\x00\x00\x01" + string(user[:]) + "id"},
		{key.AppendDataSet(nil, "board"), "dboard\x00"},
		{key.AppendEnd([]byte("+"), []byte("ab\xff\xff")), "+ac"},
		{key.AppendEnd(nil, []byte("\xff")), ""},
	} {
		if string(c.got) != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestEndIsTheFirstKeyBehindThePrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := append([]byte{key.Data}, rapid.SliceOf(rapid.Byte()).Draw(t, "prefix")...)
		other := append([]byte{key.Data}, rapid.SliceOf(rapid.Byte()).Draw(t, "other")...)
		end := key.AppendEnd(nil, prefix)
		inside := bytes.Compare(prefix, other) <= 0 && bytes.Compare(other, end) < 0
		if inside != bytes.HasPrefix(other, prefix) {
			t.Fatalf("prefix %q, end %q: %q inside is %v", prefix, end, other, inside)
		}
		if longer := append(slices.Clone(prefix), other...); bytes.Compare(longer, end) >= 0 {
			t.Fatalf("%q is not below %q", longer, end)
		}
	})
}

func TestBucketsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		older := rapid.Uint32Max(1<<32-2).Draw(t, "older")
		newer := rapid.Uint32Min(older+1).Draw(t, "newer")
		id := rapid.SliceOf(rapid.Byte()).Draw(t, "id")
		record := key.AppendLedger(nil, older, [16]byte{0: 0xff, 15: 0xff}, id)
		if first := key.AppendLedgerBucket(nil, newer); bytes.Compare(record, first) >= 0 {
			t.Fatalf("record %x of bucket %d is not below bucket %d", record, older, newer)
		}
	})
}

func ExampleAppendEnd() {
	prefix := key.AppendDataSet(nil, "board")
	fmt.Printf("scan %q to %q\n", prefix, key.AppendEnd(nil, prefix))
	// Output: scan "dboard\x00" to "dboard\x01"
}
