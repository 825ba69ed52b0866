package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"workcell/host/client"
)

// run is one run under way.
type run struct {
	config *Config
	tally  *tally
	from   time.Time // of the measured time; set before the first request

	over     context.Context // done when no more is to be sent
	broken   context.Context // done when waiting for replies has become pointless
	breakOff func()          // makes both done
	life     context.Context // of the connections
}

// dialing is how many connections are opened at once.
const dialing = 32

// Run puts the server under load and returns what was measured. Errors of single requests and connections are counted in
// the Result; an error means that there was no run: the Config, the server or the preparation was not in order, or ctx
// has ended.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.User == "" {
		c.User = uuid.NewString()
	}
	clients := c.Clients
	if c.Workload == Broadcast {
		c.Clients, c.Projects = 1, 1
	}
	r := &run{config: &c, tally: newTally()}
	var places [][]*place
	if c.Workload == Idle {
		places = make([][]*place, clients)
	} else {
		var err error
		if places, err = r.prepare(ctx); err != nil {
			return nil, err
		}
	}
	life, end := context.WithCancel(ctx)
	defer end()
	over, stop := context.WithCancel(life)
	defer stop()
	broken, breakUp := context.WithCancel(life)
	defer breakUp()
	r.life, r.over, r.broken, r.breakOff = life, over, broken, func() { stop(); breakUp() }

	var err error
	if c.Workload == Broadcast {
		err = r.broadcast(places[0], clients, stop, end)
	} else {
		err = r.clients(places, stop, end)
	}
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c.Clients = clients
	return r.tally.result(&c, r.from), nil
}

// clients lets every client send, or for Idle, be there.
func (r *run) clients(places [][]*place, stop, end func()) error {
	raws, err := r.dial(len(places))
	if err != nil {
		return err
	}
	defer r.begin(stop, end)()
	var running sync.WaitGroup
	for i, raw := range raws {
		c := r.newConnection(raw, places[i])
		running.Go(c.receive) // ends with the connection, which send and idle end
		if r.config.Workload == Idle {
			running.Go(func() { c.idle(r.over) })
		} else {
			running.Go(c.send)
		}
	}
	running.Wait()
	return nil
}

// broadcast lets one client write and the others listen.
func (r *run) broadcast(places []*place, subscribers int, stop, end func()) error {
	raws, err := r.dial(1 + subscribers + r.config.Deaf)
	if err != nil {
		return err
	}
	writer, raws := raws[0], raws[1:]
	hearing := raws[:subscribers]
	var leaving atomic.Bool
	var listening, writing sync.WaitGroup
	defer func() {
		leaving.Store(true)
		for _, raw := range raws {
			raw.Abort()
		}
		listening.Wait()
		writer.Abort()
	}()
	for _, raw := range raws {
		if err := r.within(func(ctx context.Context) error { return subscribe(ctx, raw, places[0].grow) }); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	b := newBroadcast(r, len(hearing))
	c := r.newConnection(writer, places)
	b.serve(c)
	defer r.begin(stop, end)()
	for _, raw := range hearing {
		listening.Go(func() { b.listen(raw, &leaving) }) // ends when its connection is aborted
	}
	writing.Go(c.receive) // ends with the connection, which send ends
	writing.Go(c.send)
	writing.Wait()
	return nil
}

// begin starts the clock of the run, which calls stop when the measured time is over, and end when even a server that takes
// nothing any more has had its time. What it returns stops the clock.
func (r *run) begin(stop, end func()) (halt func()) {
	now := time.Now()
	r.from = now
	if r.config.Requests > 0 && r.config.Workload != Idle {
		return func() {}
	}
	r.from = now.Add(r.config.Warmup)
	left := time.Until(r.from.Add(r.config.Duration))
	over, late := time.AfterFunc(left, stop), time.AfterFunc(left+2*r.config.Patience, end)
	return func() {
		over.Stop()
		late.Stop()
	}
}

// dial opens connections. Those that are refused count as errors; if none opens, that is an error.
func (r *run) dial(n int) ([]*client.Raw, error) {
	var (
		dials  sync.WaitGroup
		mu     sync.Mutex
		raws   []*client.Raw
		failed error
	)
	room := make(chan struct{}, dialing)
	for range n {
		room <- struct{}{}
		dials.Go(func() { // ends within the patience
			defer func() { <-room }()
			start := time.Now()
			var raw *client.Raw
			err := r.within(func(ctx context.Context) (err error) {
				raw, err = client.DialRaw(ctx, r.config.URL, r.config.options())
				return err
			})
			if err == nil {
				r.tally.connected(time.Since(start))
			} else {
				r.tally.failed(codeOf(err))
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
				return
			}
			raws = append(raws, raw)
		})
	}
	dials.Wait()
	if len(raws) == 0 {
		return nil, failed
	}
	if r.config.Workload == Broadcast && failed != nil {
		for _, raw := range raws {
			raw.Abort()
		}
		return nil, failed
	}
	return raws, nil
}

// within runs f with the run's patience.
func (r *run) within(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(r.life, r.config.Patience, errors.New("the server takes too long"))
	defer cancel()
	return f(ctx)
}
