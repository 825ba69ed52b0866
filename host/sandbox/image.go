package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"workcell/abi"
	"workcell/host/sandbox/pages"
)

// loadDeadline and loadFuel bound what a guest may do while it is loaded: start up, describe itself and warm up.
const (
	loadDeadline = 10 * time.Second
	loadFuel     = 20_000_000_000
)

// image is the state of an instance right after its start-up, which every call begins with: its memory, and its mutable
// globals in the order of prepared.globals.
type image struct {
	memory  *pages.Image
	globals []uint64
}

// takeImage runs the start-up of a module in a template, with neither storage nor request, and returns the image and the
// manifest it wrote. The start-up is the same on all boxes: its time is the epoch, its randomness comes from the module.
func (m *Module) takeImage(ctx context.Context) (_ *image, manifest []byte, err error) {
	template, err := m.instantiate(nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	defer template.close()
	c := &Call{
		Until: time.Now().Add(loadDeadline), Cancel: ctx, Fuel: loadFuel,
		Limits: Limits{ReplyBytes: abi.MaxManifestBytes}.WithDefaults(),
	}
	if err := m.fill(template); err != nil {
		return nil, nil, err
	}
	version, out := m.startUp(c, template)
	if out.Status != OK {
		return nil, nil, fmt.Errorf("%w: it does not describe itself: %s: %w%s", ErrModule, out.Status, out.Err, c.lastWords())
	}
	if version != abi.Version {
		return nil, nil, fmt.Errorf("%w: it speaks version %d of the interface, this host speaks %d", ErrModule, version, abi.Version)
	}
	content, ok := template.module.Memory().Read(0, template.module.Memory().Size())
	if !ok {
		return nil, nil, fmt.Errorf("%w: its memory cannot be read", ErrModule)
	}
	memory, err := pages.NewImage(content)
	if err != nil {
		return nil, nil, fmt.Errorf("take the image of a module: %w", err)
	}
	i := &image{memory: memory}
	for _, global := range template.globals {
		i.globals = append(i.globals, global.Get())
	}
	return i, c.Effects.Reply, nil
}

// fill writes the data segments of the file to the template's memory.
func (m *Module) fill(template *instance) error {
	for _, s := range m.prepared.data {
		if memory := template.module.Memory(); !memory.Write(s.Address, s.Bytes) {
			return fmt.Errorf("%w: it has %d bytes of data for address %d, its memory starts with %d", ErrModule, len(s.Bytes), s.Address, memory.Size())
		}
	}
	return nil
}

// startUp runs everything that runs once: the start function, the start of the language runtime, describe, and the guest's
// own warm-up.
func (m *Module) startUp(c *Call, template *instance) (version int32, out Outcome) {
	out = m.run(template, c, func() error {
		call := func(name string, required bool) (results []uint64, err error) {
			f := template.module.ExportedFunction(name)
			if f == nil && !required {
				return nil, nil
			}
			return f.Call(c)
		}
		c.phase = initialising
		for _, name := range []string{exportStart, abi.ExportInitialize} {
			if _, err := call(name, false); err != nil {
				return err
			}
		}
		c.phase = describing
		results, err := call(abi.ExportABI, true)
		if err != nil {
			return err
		}
		version = int32(uint32(results[0]))
		if _, err := call(abi.ExportDescribe, true); err != nil {
			return err
		}
		c.phase = initialising
		_, err = call(abi.ExportWarm, false)
		return err
	})
	return version, out
}

// lastWords returns what the guest wrote to standard error, for an error message.
func (c *Call) lastWords() string {
	if len(c.Stderr) == 0 {
		return ""
	}
	return "\nguest: " + strings.TrimSpace(string(c.Stderr))
}
