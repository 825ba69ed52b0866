package catalog

import (
	"encoding/json"
	"fmt"
	"time"

	"workcell/storage"
)

// ID numbers deployments in the order in which they came. 0 is none, and what the program brings along.
type ID uint64

// State is where a deployment stands.
type State string

// The states. A deployment that ended well went through them in this order; the last three are ends, of which the first
// can be left again.
const (
	Staged     State = "staged"      // the bytes are in the catalog
	Verified   State = "verified"    // size, signature, imports, exports, memory
	Compiled   State = "compiled"    // to machine code
	Imaged     State = "imaged"      // it has started, and said what it is
	SelfTested State = "self-tested" // it finds itself in order, and fits what runs and what is stored
	OnTrial    State = "on trial"    // gets some of the calls
	Active     State = "active"      // gets the calls
	Draining   State = "draining"    // gets no new calls
	Retired    State = "retired"     // has ended its last call; can be put back
	RolledBack State = "rolled back" // was taken out for a reason
	Rejected   State = "rejected"    // never got that far
)

// What events say of a handler, and not of one of its deployments.
const (
	Paused  State = "paused"
	Resumed State = "resumed"
	Removed State = "removed"
)

// Deployment is one attempt to bring in one module, and what became of it.
type Deployment struct {
	ID      ID     `json:"id"`
	Hash    string `json:"hash"`              // SHA-256 of the module, in hexadecimal
	Name    string `json:"name,omitempty"`    // of the handler; known from Imaged on
	Version string `json:"version,omitempty"` // that it gives itself
	State   State  `json:"state"`
	Reason  string `json:"reason,omitempty"` // of the last change
	Door    string `json:"door"`             // by which it came
	File    string `json:"file,omitempty"`   // name of the file it came in
	Signer  string `json:"signer,omitempty"` // id of the key that signed it
	// Signature is what came along as the signature of the bytes.
	Signature []byte `json:"signature,omitempty"`
	// TakeOver allows it to take routes that belong to a handler of the program.
	TakeOver bool `json:"take_over,omitempty"`
	// Trial is how it is tried before it becomes active; nil: it is not.
	Trial *Trial `json:"trial,omitempty"`
	// Previous was active before it; 0: what the program brings along, if anything.
	Previous ID `json:"previous,omitempty"`
	// Attempts counts how often its way to Active was begun: a start of the program goes on with what a kill has interrupted.
	Attempts int       `json:"attempts"`
	Came     time.Time `json:"came"`
	Changed  time.Time `json:"changed"`
}

// Trial is how a version is tried.
type Trial struct {
	// Shadow: each call runs on both versions, and only what the old one did counts. Otherwise Percent of the calls run on
	// the new one.
	Shadow  bool `json:"shadow,omitempty"`
	Percent int  `json:"percent,omitempty"`
	Calls   int  `json:"calls"` // on the new version, until the trial ends
}

// Event is a change of a deployment, or of a handler.
type Event struct {
	Number  uint64    `json:"number"`
	Time    time.Time `json:"time"`
	ID      ID        `json:"id,omitempty"`
	Name    string    `json:"name,omitempty"`
	Version string    `json:"version,omitempty"`
	Hash    string    `json:"hash,omitempty"`
	From    State     `json:"from,omitempty"`
	State   State     `json:"state"`
	Reason  string    `json:"reason,omitempty"`
}

// Stored are the versions of records that may be in a data set, with the handler that was the first to write each.
type Stored map[uint32]string

// Contents is everything but the history. Whoever reads it may change it.
type Contents struct {
	Deployments []Deployment // oldest first
	Stored      map[string]Stored
	Paused      map[string]bool
}

// layout is the version byte of rows.
const layout = 1

func encode(value any) ([]byte, error) {
	document, err := json.Marshal(value)
	return append([]byte{layout}, document...), err
}

func decode(row []byte, value any) error {
	if len(row) == 0 || row[0] != layout {
		return fmt.Errorf("a row about handlers has an unknown layout: %w", storage.ErrCorrupt)
	}
	if err := json.Unmarshal(row[1:], value); err != nil {
		return fmt.Errorf("a row about handlers: %w: %w", storage.ErrCorrupt, err)
	}
	return nil
}

// Check reports what is wrong with a row of the catalog, given the key behind its first byte.
func Check(id, row []byte) error {
	if len(id) == 0 {
		return fmt.Errorf("a row about handlers without a kind: %w", storage.ErrCorrupt)
	}
	switch id[0] {
	case rowDeployment:
		return decode(row, &Deployment{})
	case rowEvent:
		return decode(row, &Event{})
	case rowStored:
		return decode(row, &Stored{})
	case rowPaused:
		return decode(row, new(bool))
	}
	return fmt.Errorf("a row about handlers of the unknown kind %q: %w", id[0], storage.ErrCorrupt)
}
