package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/abi/envelope"
	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// broadcast follows the creations of one writer to all subscribers. Every subscriber gets each event once and in the order
// of the commits, so the events are known by their number. A commit has one of Config.Pipeline entries, from its first
// delivery to the last one; the writer's place becomes free when the reply and the last delivery have come.
type broadcast struct {
	run         *run
	subscribers int32
	start       time.Time
	ring        []entry

	mu      sync.Mutex
	writer  *connection
	replied []*place // guarded by mu; with a reply, and waiting for the last delivery
	reached int      // guarded by mu; commits that everybody got, and waiting for the reply
}

// entry is one commit under way.
type entry struct {
	first atomic.Int64 // nanoseconds since start; 0: nobody got it yet
	left  atomic.Int32 // subscribers who did not get it yet
}

func newBroadcast(r *run, subscribers int) *broadcast {
	b := &broadcast{run: r, subscribers: int32(subscribers), start: time.Now(), ring: make([]entry, r.config.Pipeline)}
	for i := range b.ring {
		b.ring[i].left.Store(b.subscribers)
	}
	return b
}

// serve makes c, which has no places yet under way, the writer.
func (b *broadcast) serve(c *connection) {
	b.writer, c.missing = c, codeUndelivered
	c.give = func(p *place) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.replied = append(b.replied, p)
		b.match()
	}
}

// match frees the places of commits that are done. Call it with mu held.
func (b *broadcast) match() {
	for b.reached > 0 && len(b.replied) > 0 {
		b.writer.free <- b.replied[0]
		b.replied = b.replied[1:]
		b.reached--
	}
}

// listen reads what one subscriber gets until the run is over. A subscriber that is lost ends the run: nothing would ever
// reach everybody again.
func (b *broadcast) listen(raw *client.Raw, leaving *atomic.Bool) {
	for n := 0; ; {
		message, err := raw.Receive(b.run.life)
		if err != nil {
			if !leaving.Load() {
				b.run.tally.failed(codeOf(err))
				b.run.breakOff()
			}
			return
		}
		now := time.Now()
		b.run.tally.received(len(message), true)
		if h, err := envelope.Peek(message); err != nil || h.Number != numberCreated {
			continue
		}
		b.deliver(&b.ring[n%len(b.ring)], now)
		n++
	}
}

// deliver counts one delivery. The last one makes the entry ready for another commit before it frees a place.
func (b *broadcast) deliver(e *entry, now time.Time) {
	since := int64(now.Sub(b.start))
	if !e.first.CompareAndSwap(0, since) {
		since = e.first.Load()
	}
	if first := b.start.Add(time.Duration(since)); !first.Before(b.run.from) {
		b.run.tally.delivered(first, now)
	}
	if e.left.Add(-1) > 0 {
		return
	}
	e.first.Store(0)
	e.left.Store(b.subscribers)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reached++
	b.match()
}

// subscribe asks for the events of a project, and waits until the server has acknowledged.
func subscribe(ctx context.Context, raw *client.Raw, project string) error {
	const id = "subscribe"
	request, err := proto.Marshal(&pmpb.WebSocketMessage{
		MessageId: id, Timestamp: time.Now().Unix(),
		Payload: &pmpb.WebSocketMessage_Subscribe{Subscribe: &pmpb.Subscribe{ProjectIds: []string{project}}},
	})
	if err != nil {
		return err
	}
	if err := raw.SendBytes(ctx, client.Binary, request); err != nil {
		return err
	}
	for {
		message, err := raw.Receive(ctx)
		if err != nil {
			return err
		}
		reply := &pmpb.WebSocketMessage{}
		if err := proto.Unmarshal(message, reply); err != nil {
			return fmt.Errorf("the reply to a subscription: %w", err)
		}
		if reply.MessageId != id {
			continue
		}
		if reply.Payload != nil {
			return errors.Join(client.Result(reply), fmt.Errorf("a subscription was answered with %s", client.PayloadName(reply)))
		}
		return nil
	}
}
