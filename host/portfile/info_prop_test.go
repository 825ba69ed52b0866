package portfile

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestInfoRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[\pL\pN .:"\\<>&-]{1,20}`)
		want := Info{
			PID: rapid.IntRange(1, 1<<31-1).Draw(t, "pid"), Port: rapid.IntRange(1, 65535).Draw(t, "port"),
			Host:        reachable(text.Draw(t, "host")),
			StartedAt:   time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
			Version:     text.Draw(t, "version"),
			Certificate: rapid.SampledFrom([]string{"", "/data/cert.pem"}).Draw(t, "certificate"),
		}
		raw, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(raw); err != nil || got != want {
			t.Fatalf("%+v became %+v (%v) through %s", want, got, err, raw)
		}
	})
}
