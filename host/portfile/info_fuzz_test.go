package portfile

import "testing"

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"pid": 4711, "port": 43211, "host": "127.0.0.1", "started_at": "2026-01-02T03:04:05+00:00", "version": "0.1.4"}`))
	f.Add([]byte(`{"pid": 1, "port": 1, "host": "::", "started_at": "0000-01-01T00:00:00-23:59", "version": "\u0000"}`))
	f.Add([]byte(`{"pid": 1, "port": 1, "host": "h", "started_at": "2026-01-02T03:04:05Z", "version": "1", "certificate": "/c.pem"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, err := decode(raw)
		if err != nil {
			return
		}
		again, err := encode(info)
		if err != nil {
			t.Fatalf("%+v was read but is not written: %v", info, err)
		}
		info.Host = reachable(info.Host)
		if got, err := decode(again); err != nil || got != info {
			t.Fatalf("%+v became %+v (%v)", info, got, err)
		}
	})
}
