// Package guest is the Go SDK for handlers: a handler is a function of a Call, and everything it does through the Call
// becomes real when the function returns nil, or never happened when it returns an error or panics.
//
// A module names its routes once, while it is initialised:
//
//	func init() {
//		guest.Serve(guest.Module{
//			Name: "hello", Version: "1.0.0",
//			DataSets: []abi.DataSet{{Name: "hello", Access: abi.AccessWrite}},
//			Routes:   []guest.Route{{Route: abi.Route{ID: 2000, Name: "hello", Kind: abi.KindWrite, Reply: 1001}, Handle: hello}},
//		})
//	}
//
//	func main() {}
//
// and is built with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared. Built natively, the same code runs against a
// Stub, so that a handler is tested with plain go test.
//
// An instance serves one call and has no memory of earlier ones: package variables are constants in effect, and nothing
// needs a lock. The host turns the garbage collector off, since collecting would only cost time; the instance's memory
// limit is the bound.
package guest

import "workcell/abi"

// Module is a handler module: its manifest and the functions behind its routes.
type Module struct {
	Name     string
	Version  string
	DataSets []abi.DataSet
	Routes   []Route
	// MemoryPages and ReplyBytes are wishes, see abi.Manifest.
	MemoryPages uint32
	ReplyBytes  uint32
	// Warm exercises code before the image of the memory is taken, with a Rehearsal. SelfTest says whether the handler finds
	// itself in order. Both may be nil; neither can reach storage.
	Warm     func()
	SelfTest func() error
}

// Route binds a route of the manifest to its function.
type Route struct {
	abi.Route
	// Handle handles one message. The error it returns is what the client sees if it is a *Refusal; any other error is
	// logged and the client learns only that the handler failed.
	Handle func(*Call) error
}

// Manifest returns what the module says about itself.
func (m *Module) Manifest() *abi.Manifest {
	manifest := &abi.Manifest{
		ABI: abi.Version, Name: m.Name, Version: m.Version, DataSets: m.DataSets,
		MemoryPages: m.MemoryPages, ReplyBytes: m.ReplyBytes,
	}
	for i := range m.Routes {
		manifest.Routes = append(manifest.Routes, m.Routes[i].Route)
	}
	return manifest
}

// Refusal is the error of a call that a handler refuses by design.
type Refusal struct {
	Code    abi.Code
	Field   string // the offending field of the request, or ""
	Message string // for people
}

// Error returns code, field and message.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return r.Code.String() + ": " + r.Message
	}
	return r.Code.String() + " (" + r.Field + "): " + r.Message
}

// Refuse returns a Refusal without a field.
func Refuse(code abi.Code, message string) error { return &Refusal{Code: code, Message: message} }

// RefuseField returns a Refusal that names the offending field.
func RefuseField(code abi.Code, field, message string) error {
	return &Refusal{Code: code, Field: field, Message: message}
}

// handle runs the function of a route on c. A non-zero result refuses the call.
func (m *Module) handle(c *Call) int32 {
	for i := range m.Routes {
		if m.Routes[i].ID != c.route {
			continue
		}
		err := m.Routes[i].Handle(c)
		if err == nil {
			return 0
		}
		refusal, ok := err.(*Refusal)
		if !ok {
			c.Log(abi.LogError, "handler failed: "+err.Error())
			refusal = &Refusal{Code: abi.CodeInternal, Message: "The handler failed"}
		}
		if !refusal.Code.Valid() {
			refusal.Code = abi.CodeInternal
		}
		c.host.Fail(refusal.Code, refusal.Field, refusal.Message)
		return int32(refusal.Code)
	}
	c.host.Fail(abi.CodeInternal, "", "The handler does not know this route")
	return int32(abi.CodeInternal)
}
