package dispatch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
)

// returning is a caller that was away, and notes what becomes of it.
type returning struct {
	*bench
	complete bool
	err      error
	did      []string
}

func (r *returning) Apply(commit storage.Sequence, _ []sandbox.Change, resume bool) {
	r.did = append(r.did, fmt.Sprintf("apply %d %t", commit, resume))
}

func (r *returning) Resume(after storage.Sequence) (bool, error) {
	r.did = append(r.did, fmt.Sprint("resume ", after))
	return r.complete, r.err
}

func (r *returning) Reply(request uint64, reply []byte) {
	what := "reply"
	if bytes.HasSuffix(reply, envelope.AppendReload(nil)) {
		what = "reload"
	}
	r.did = append(r.did, what)
	r.bench.Reply(request, reply)
}

func TestAClientResumesBetweenItsSubscriptionAndTheAnswer(t *testing.T) {
	from7 := &pmpb.Subscribe{ProjectIds: []string{"garden"}, ResumeAfter: proto.Int64(7)}
	for _, c := range []struct {
		name     string
		number   uint32
		payload  proto.Message
		complete bool
		err      error
		want     string
	}{
		{"all it missed", envelope.Subscribe, from7, true, nil, "apply 1 true, resume 7, reply"},
		{"it has to reload", envelope.Subscribe, from7, false, nil, "apply 1 true, resume 7, reload"},
		{"the past cannot be read", envelope.Subscribe, from7, false, errors.New("disk"), "apply 1 true, resume 7, reload"},
		{"it does not ask for the past", envelope.Subscribe, &pmpb.Subscribe{ProjectIds: []string{"garden"}}, false, nil, "apply 1 false, reply"},
		{"nothing is new to it", envelope.Subscribe, &pmpb.Subscribe{ResumeAfter: proto.Int64(7)}, true, nil, "reply"},
		{"a message that is no Subscribe", reading, from7, false, nil, "apply 1 false, reply"},
		{"it may not", envelope.Subscribe, &pmpb.Subscribe{ProjectIds: []string{"shed"}, ResumeAfter: proto.Int64(7)}, false, nil, "reply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			subscribe := func(call *sandbox.Call) sandbox.Outcome {
				switch id := string(envelope.Field(call.Input, 1)); id {
				case "garden":
					call.Effects.Changes = append(call.Effects.Changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeTopic, ID: id}})
				case "shed":
					call.Effects.Refusal = sandbox.Refusal{Code: abi.CodeUnauthorized}
					return sandbox.Outcome{Status: sandbox.Refused}
				}
				return sandbox.Outcome{Status: sandbox.OK}
			}
			b := newBench(t, subscribe, abi.Route{ID: envelope.Subscribe, Name: "Subscribe", Kind: abi.KindRead},
				abi.Route{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43})
			r := &returning{bench: b, complete: c.complete, err: c.err}
			payload, err := proto.Marshal(c.payload)
			if err != nil {
				t.Fatal(err)
			}
			b.dispatch.Handle(context.Background(), r, 1, envelope.Append(nil, []byte("m"), 1, c.number, payload))
			<-b.replies
			if got := strings.Join(r.did, ", "); got != c.want {
				t.Errorf("it came to: %s; want %s\n%s", got, c.want, b.log.String())
			}
			if c.err != nil && len(b.lines(telemetry.EventFailed)) != 1 {
				t.Errorf("the log says nothing of it: %s", b.log.String())
			}
		})
	}
}
