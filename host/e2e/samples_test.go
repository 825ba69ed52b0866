package e2e

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The sample encodings of the wire protocol, as the server reads and writes them. The server's own clock is the only part
// that is not known beforehand, and the wording of errors that is free: NOW and ERROR(code) stand for them.
func TestSampleEncodings(t *testing.T) {
	a := start(t, boardOnly, nil)
	for _, sample := range []struct{ name, request, reply string }{
		{
			"a ping is answered with its value",
			"0a076d73672d3030311080e2cfaa06520308b960",
			"0a076d73672d303031 10NOW 5a0308b960",
		},
		{
			"an id that is no UUID is acknowledged with an envelope without payload",
			"0a0273311080e2cfaa06 a20104 0a027031",
			"0a027331 10NOW",
		},
		{
			"a project nobody knows cannot be subscribed to",
			"0a0273311080e2cfaa06a201260a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
			"0a027331 10NOW a206ERROR(UNAUTHORIZED)",
		},
		{
			"a create in a project nobody knows is refused like one that is not the user's",
			"0a0263311080e2cfaa06f2012b08041201542a2431313131313131312d313131312d343131312d383131312d313131313131313131313131",
			"0a026331 10NOW a206ERROR(UNAUTHORIZED)",
		},
		{
			"an update of an item nobody knows is refused",
			"0a027531fa012c0a2432323232323232322d323232322d343232322d383232322d32323232323232323232323210035a006001",
			"0a027531 10NOW a206ERROR(NOT_FOUND)",
		},
		{
			"an empty board has a list without projects",
			"0a01701005ea0500",
			"0a0170 10NOW 8a0600",
		},
	} {
		t.Run(sample.name, func(t *testing.T) {
			reply := exchange(t, a.raw(t, ann), unhex(t, sample.request))
			answer := decode(t, reply)
			want := strings.ReplaceAll(sample.reply, "NOW", hex.EncodeToString(protowire.AppendVarint(nil, uint64(answer.Timestamp))))
			if before, code, isError := strings.Cut(want, "ERROR("); isError {
				want = before + errorHex(strings.TrimSuffix(code, ")"), answer.GetError().GetMessage())
			}
			if !bytes.Equal(reply, unhex(t, want)) {
				t.Errorf("got  %x\nwant %s\n%v", reply, want, answer)
			}
		})
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// errorHex is the payload of an Error without a field, with its length in front.
func errorHex(code, message string) string {
	payload := fmt.Sprintf("0a%02x%x12%02x%x", len(code), code, len(message), message)
	return fmt.Sprintf("%02x%s", len(payload)/2, payload)
}
