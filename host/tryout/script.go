package tryout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/google/uuid"

	"workcell/abi"
)

// Script is calls one after the other on an empty Host, and what must come of them. As JSON:
//
//	{"now_ms": 1700000000000,
//	 "calls": [{"name": "a note is stored", "route": "standup/add", "request": "Mended the gate", "reply": "Mended the gate\n"}]}
type Script struct {
	NowMS int64  `json:"now_ms"` // of the first call; each that follows is a second later
	State State  `json:"state"`  // before the first call
	Calls []Step `json:"calls"`
}

// Step is one call of a Script. What it does not mention is not looked at, but for the status: a call must end well,
// unless Refusal or Trap says otherwise.
type Step struct {
	Name    string `json:"name"`
	Route   string `json:"route"`   // name or number
	Request Body   `json:"request"` // absent: empty
	User    string `json:"user"`    // UUID; absent: nobody
	Repeat  int    `json:"repeat"`  // so many calls; what is expected is expected of the last one

	Reply   *Body     `json:"reply"`
	Refusal *Refusal  `json:"refusal"` // without field or message: any
	Trap    string    `json:"trap"`    // its reason
	Writes  *[]Write  `json:"writes"`
	Events  *[]Event  `json:"events"`
	Changes *[]Change `json:"changes"`
	Log     *[]Line   `json:"log"`
}

// Body is a payload: in JSON a string, taken as Text, or any other value, which stands for its own JSON.
type Body struct {
	text   Text
	asJSON bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Body) UnmarshalJSON(document []byte) error {
	if document[0] == '"' {
		return json.Unmarshal(document, &b.text)
	}
	var compact bytes.Buffer
	err := json.Compact(&compact, document)
	b.text, b.asJSON = compact.Bytes(), true
	return err
}

// is reports whether a reply is the one that b stands for. JSON is compared by what it means.
func (b *Body) is(reply Text) bool {
	if !b.asJSON {
		return bytes.Equal(b.text, reply)
	}
	var want, got any
	return json.Unmarshal(b.text, &want) == nil && json.Unmarshal(reply, &got) == nil && reflect.DeepEqual(want, got)
}

// Limits of a Script.
const (
	MaxScriptBytes = 16 << 20
	MaxRepeat      = 100_000
)

// ParseScript reads a Script from JSON. A name that it does not know is an error, since a misspelt expectation would hold.
func ParseScript(document []byte) (*Script, error) {
	if len(document) > MaxScriptBytes {
		return nil, fmt.Errorf("a script of %d bytes is longer than %d", len(document), MaxScriptBytes)
	}
	s := &Script{}
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object of the script")
	}
	if len(s.Calls) == 0 {
		return nil, errors.New("the script has no calls")
	}
	for i := range s.Calls {
		step := &s.Calls[i]
		if step.Name == "" {
			step.Name = fmt.Sprintf("call %d", i+1)
		}
		if step.Repeat < 0 || step.Repeat > MaxRepeat {
			return nil, fmt.Errorf("%s: repeat is %d and must be 0 to %d", step.Name, step.Repeat, MaxRepeat)
		}
		if step.User != "" && uuid.Validate(step.User) != nil {
			return nil, fmt.Errorf("%s: user %q is no UUID", step.Name, step.User)
		}
	}
	return s, nil
}

// Verdict is how a Step went.
type Verdict struct {
	Name     string   `json:"name"`
	Problems []string `json:"problems,omitempty"` // none: as expected
	Report   *Report  `json:"report"`
}

// Play plays a Script on s, whose store and subscriptions it replaces. An error means that the Script does not fit the
// handler, or that ctx has ended.
func (s *Host) Play(ctx context.Context, script *Script) ([]Verdict, error) {
	routes := make([]abi.Route, len(script.Calls))
	for i, step := range script.Calls {
		route, err := s.Route(step.Route)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.Name, err)
		}
		routes[i] = route
	}
	if err := s.SetState(script.State); err != nil {
		return nil, err
	}
	s.held, s.seed = held{}, 0
	now := script.NowMS
	var verdicts []Verdict
	for i, step := range script.Calls {
		request := Request{Route: routes[i].ID, Payload: step.Request.text}
		if step.User != "" {
			request.User = uuid.MustParse(step.User) // ParseScript has checked it
		}
		v := Verdict{Name: step.Name}
		for range max(step.Repeat, 1) {
			request.NowMS = now
			v.Report = s.Call(ctx, request)
			now += 1000
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		v.Problems = step.compare(v.Report)
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}
