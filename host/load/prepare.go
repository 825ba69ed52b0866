package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// helpers is how many connections prepare a run at most.
const helpers = 32

// prepare makes the projects, and the items that are there at the start, and returns the places of each client.
func (r *run) prepare(ctx context.Context) ([][]*place, error) {
	c, err := client.Dial(ctx, r.config.URL, r.helperOptions())
	if err != nil {
		return nil, err
	}
	defer c.Abort()
	lists, err := r.newProjects(ctx, c, r.config.Projects)
	if err != nil {
		return nil, err
	}
	grows := lists
	if r.config.Workload == Mixed { // lists stay as long as they are
		if grows, err = r.newProjects(ctx, c, r.config.Projects); err != nil {
			return nil, err
		}
	}
	clients := make([][]*place, r.config.Clients)
	var all []*place
	for i := range clients {
		for range r.config.Pipeline {
			p := &place{config: r.config, list: lists[i%len(lists)], grow: grows[i%len(grows)]}
			clients[i], all = append(clients[i], p), append(all, p)
		}
	}
	var homes []string // of the items to create
	for _, project := range lists {
		for range r.config.Items {
			homes = append(homes, project)
		}
	}
	own := len(homes)
	if r.config.Workload == Update || r.config.Workload == Mixed {
		for _, p := range all {
			homes = append(homes, p.list)
		}
	}
	items, err := r.createItems(ctx, homes)
	if err != nil {
		return nil, err
	}
	for i, item := range items[own:] {
		all[i].item, all[i].seen = item.Id, item.Version
	}
	return clients, nil
}

func (r *run) helperOptions() client.Options {
	o := r.config.options()
	o.EventLimit = -1
	return o
}

func (r *run) newProjects(ctx context.Context, c *client.Client, n int) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		key := "L" + strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", "")[:18])
		created, err := ask[*pmpb.ProjectCreated](ctx, r, c, &pmpb.CreateProjectRequest{Title: "Load", Key: key})
		if err != nil {
			return nil, err
		}
		ids[i] = created.Project.GetId()
	}
	return ids, nil
}

// createItems creates an item in each of the projects, which may be named again and again, and returns them in order.
func (r *run) createItems(ctx context.Context, projects []string) ([]*pmpb.WorkItem, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	items := make([]*pmpb.WorkItem, len(projects))
	next := make(chan int)
	var working sync.WaitGroup
	for range min(helpers, len(projects)) {
		working.Go(func() { // ends when next is closed or ctx is done
			if err := r.help(ctx, projects, items, next); err != nil {
				fail(err)
			}
		})
	}
	for i := range projects {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	working.Wait()
	return items, context.Cause(ctx)
}

// help creates the items whose numbers it is given.
func (r *run) help(ctx context.Context, projects []string, items []*pmpb.WorkItem, next <-chan int) error {
	c, err := client.Dial(ctx, r.config.URL, r.helperOptions())
	if err != nil {
		return err
	}
	defer c.Abort()
	for i := range next {
		created, err := ask[*pmpb.WorkItemCreated](ctx, r, c, newItem(projects[i]))
		if err != nil {
			return err
		}
		items[i] = created.WorkItem
	}
	return nil
}

// ask is client.Ask with the run's patience, and an error that says what to do.
func ask[T proto.Message](ctx context.Context, r *run, c *client.Client, request proto.Message) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Patience)
	defer cancel()
	reply, err := client.Ask[T](ctx, c, request)
	if err != nil {
		return reply, hint(err)
	}
	return reply, nil
}

// hint adds to an error of the preparation what to do about it.
func hint(err error) error {
	if refusal, ok := errors.AsType[*client.ReplyError](err); ok && refusal.Code == "RATE_LIMITED" {
		return fmt.Errorf("prepare: %w; let the server take more for the time of the run (rate_limit.max_requests and rate_limit.window_secs)", err)
	}
	return fmt.Errorf("prepare: %w", err)
}
