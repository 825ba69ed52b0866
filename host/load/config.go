package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"workcell/host/client"
)

// Workload names what the clients do.
type Workload string

// The workloads.
const (
	Create    Workload = "create"    // each request creates a work item
	Update    Workload = "update"    // each place of a connection updates an item of its own
	Get       Workload = "get"       // each request lists a project
	Mixed     Workload = "mixed"     // of ten requests six list a project, three update an item, one creates one elsewhere
	Broadcast Workload = "broadcast" // one writer creates items, all others subscribe to their project
	Idle      Workload = "idle"      // connections that say nothing
)

// Workloads are all of them.
var Workloads = []Workload{Create, Update, Get, Mixed, Broadcast, Idle}

// The texts of what is created, in bytes: a usual item's.
const (
	titleBytes       = 40
	descriptionBytes = 200
)

// Limits of a Config, so that a slip of the finger does not take the machine down.
const (
	MaxClients  = 20_000
	MaxPipeline = 1_000
	MaxProjects = 1_000
	MaxItems    = 1_000_000
)

// Config is one run. All fields but User, Token, Deaf, Warmup, Requests, Items and Decode are needed.
type Config struct {
	URL      string      // of the server, as client.Dial takes it
	TLS      *tls.Config // which server to trust there, as client.Dial takes it
	User     string      // who all clients are; empty: somebody new
	Token    string      // for a server that asks for one
	Workload Workload
	Clients  int // connections; for Broadcast the subscribers, and the writer comes on top
	Deaf     int // for Broadcast, subscribers on top who never read
	Projects int // that the clients share, in turn; Broadcast has one
	Items    int // in each project at the start
	Pipeline int // requests under way on one connection; for Broadcast, creations that have not reached all subscribers

	Warmup   time.Duration // of load before the measured time
	Duration time.Duration // of the measured time
	Requests int           // of each connection; more than 0: instead of Warmup and Duration
	Decode   bool          // decode lists whole, instead of looking at their envelopes only

	Patience time.Duration // for a connection, and for the last replies
}

// Validate reports every problem of a Config at once.
func (c *Config) Validate() error {
	var problems []error
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			problems = append(problems, fmt.Errorf("%s is %d and must be %d to %d", name, n, least, most))
		}
	}
	if !slices.Contains(Workloads, c.Workload) {
		problems = append(problems, fmt.Errorf("workload %q is none of %s", c.Workload, WorkloadNames(", ")))
	}
	within("clients", c.Clients, 1, MaxClients)
	within("deaf clients", c.Deaf, 0, MaxClients)
	within("projects", c.Projects, 1, MaxProjects)
	within("items", c.Items, 0, MaxItems)
	within("pipeline", c.Pipeline, 1, MaxPipeline)
	if c.Requests < 0 || c.Requests == 0 && c.Duration <= 0 {
		problems = append(problems, errors.New("the run needs a duration, or a number of requests"))
	}
	if c.Deaf > 0 && c.Workload != Broadcast {
		problems = append(problems, fmt.Errorf("workload %q has no deaf clients: %q has", c.Workload, Broadcast))
	}
	if c.Warmup < 0 || c.Patience <= 0 {
		problems = append(problems, errors.New("warm-up and patience must not be negative, nor patience nothing"))
	}
	return errors.Join(problems...)
}

// WorkloadNames joins the names of all workloads.
func WorkloadNames(separator string) string {
	names := make([]string, len(Workloads))
	for i, w := range Workloads {
		names[i] = string(w)
	}
	return strings.Join(names, separator)
}

func (c *Config) options() client.Options {
	return client.Options{User: c.User, Token: c.Token, TLS: c.TLS}
}
