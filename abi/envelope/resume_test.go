package envelope

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

func TestResumeAfter(t *testing.T) {
	for _, c := range []struct {
		name      string
		subscribe *pmpb.Subscribe
		want      uint64
		ok        bool
	}{
		{"not asked for", &pmpb.Subscribe{ProjectIds: []string{"p1"}}, 0, false},
		{"from the beginning", &pmpb.Subscribe{ProjectIds: []string{"p1"}, ResumeAfter: proto.Int64(0)}, 0, true},
		{"after a commit", &pmpb.Subscribe{ProjectIds: []string{"p1"}, ResumeAfter: proto.Int64(1 << 40)}, 1 << 40, true},
		{"a number below zero", &pmpb.Subscribe{ResumeAfter: proto.Int64(-1)}, math.MaxUint64, true},
	} {
		payload, err := proto.Marshal(c.subscribe)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := ResumeAfter(payload); got != c.want || ok != c.ok {
			t.Errorf("%s: %d, %t", c.name, got, ok)
		}
	}
}

func TestAppendReload(t *testing.T) {
	var got pmpb.WebSocketMessage
	if err := proto.Unmarshal(AppendReload(Append(nil, []byte("s1"), 5, 0, nil)), &got); err != nil {
		t.Fatal(err)
	}
	if want := (&pmpb.WebSocketMessage{MessageId: "s1", Timestamp: 5, Reload: proto.Bool(true)}); !proto.Equal(&got, want) {
		t.Errorf("appended %v", &got)
	}
}
