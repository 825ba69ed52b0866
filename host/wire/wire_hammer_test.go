package wire

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Everything at once: clients that call, clients that leave in the middle, broadcasts, closes, HTTP, and a shutdown under
// it all. The race detector and goleak are the judges; a client that stays must get its own answers, in order.
func TestHammer(t *testing.T) {
	var mu sync.Mutex
	conns := map[*Conn]bool{}
	var ended sync.WaitGroup
	cfg := Config{
		MaxConnections: 40, SendQueue: 20, SendBytes: 1 << 16, StallTimeout: 50 * time.Millisecond,
		FlushTimeout: 200 * time.Millisecond,
	}
	r := start(t, cfg, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		mu.Lock()
		conns[conn] = true
		mu.Unlock()
		ended.Add(1)
		return &script{
			message: func(p []byte) { conn.Send(frameOf(p)) },
			closed: func(CloseReason) {
				mu.Lock()
				delete(conns, conn)
				mu.Unlock()
				ended.Done()
			},
		}, nil
	}), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))

	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { // broadcasts, until stop
		event := frameOf([]byte("event"))
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			mu.Lock()
			for conn := range conns {
				conn.Send(event)
				if n%50 == 0 && rand.IntN(100) == 0 {
					conn.Close(CloseNormal, "unlucky")
				}
			}
			mu.Unlock()
			time.Sleep(time.Millisecond) // the load, not a wait
		}
	})
	var clients sync.WaitGroup
	for i := range 30 {
		clients.Go(func() {
			for range 8 {
				rounds := rand.IntN(20)
				hammerClient(t, r, fmt.Sprint("client ", i), rounds, rand.IntN(3) == 0)
			}
		})
	}
	clients.Wait()
	for range 20 { // these are open when the server stops, and do not answer its close frame
		c := r.client(t)
		c.write([]byte(upgradeRequest))
		if res := c.response(); res.StatusCode != 101 && res.StatusCode != 503 {
			t.Errorf("got %s", res.Status)
		}
	}
	r.stop()
	close(stop)
	others.Wait()
	ended.Wait()
}

// hammerClient calls a few times and leaves, politely or not.
func hammerClient(t *testing.T, r *rig, name string, rounds int, rude bool) {
	c := r.client(t)
	defer c.nc.Close()
	c.write([]byte(upgradeRequest))
	if res := c.response(); res.StatusCode != 101 {
		return // full
	}
	for i := range rounds {
		call := fmt.Sprint(name, " call ", i)
		if _, err := c.nc.Write(rawFrame(0x82, call)); err != nil {
			return // closed by the server
		}
		if rude && i == rounds-1 {
			return
		}
		for {
			f, err := c.frame()
			if err != nil || f.b0 == 0x88 {
				return
			}
			if f.payload == call {
				break
			}
			if f.payload != "event" {
				t.Errorf("%s got %v", name, f)
				return
			}
		}
	}
}
