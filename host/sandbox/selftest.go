package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"workcell/abi"
)

// ErrSelfTest is the error of a handler that does not find itself in order.
var ErrSelfTest = errors.New("its self test failed")

// SelfTest asks the module whether it finds itself in order, in an instance of its own, with neither storage nor request.
// A module without a self test is in order. The error wraps ErrSelfTest and holds what the guest had to say.
func (m *Module) SelfTest(ctx context.Context) error {
	if _, ok := m.compiled.ExportedFunctions()[abi.ExportSelfTest]; !ok {
		return nil
	}
	i, err := m.clone()
	if err != nil {
		return err
	}
	defer i.close()
	var said []string
	c := &Call{
		Until: time.Now().Add(loadDeadline), Cancel: ctx, Fuel: loadFuel, Limits: Limits{}.WithDefaults(), phase: initialising,
		Log: func(_ int, line string) { said = append(said, line) },
	}
	var result uint64
	out := m.run(i, c, func() error {
		results, err := i.module.ExportedFunction(abi.ExportSelfTest).Call(c)
		if err == nil {
			result = results[0]
		}
		return err
	})
	words := c.lastWords()
	if len(said) > 0 {
		words += "\nguest: " + strings.Join(said, "\nguest: ")
	}
	switch {
	case out.Status != OK:
		return fmt.Errorf("%w: %s: %w%s", ErrSelfTest, out.Status, out.Err, words)
	case uint32(result) != 0:
		return fmt.Errorf("%w: it returned %d%s", ErrSelfTest, int32(uint32(result)), words)
	}
	return nil
}
