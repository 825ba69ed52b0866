package host

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdleShutdown(t *testing.T) {
	const second = time.Second
	for _, c := range []struct {
		name        string
		limit       time.Duration
		connections func(at time.Duration) int
		requests    func(at time.Duration) uint64
		want        time.Duration
	}{
		{"a short limit: 2 s of grace and two looks", 2 * second, nil, nil, 22 * second},
		{"a long limit: a minute of grace", 600 * second, nil, nil, (60 + 300 + 300) * second},
		{"a connection until the first look", 2 * second, func(at time.Duration) int {
			if at <= 12*second {
				return 1
			}
			return 0
		}, nil, 32 * second},
		{"a connection at the second look starts it all over", 2 * second, func(at time.Duration) int {
			if at == 22*second {
				return 1
			}
			return 0
		}, nil, 42 * second},
		{"a request between the looks counts as use", 2 * second, nil, func(at time.Duration) uint64 {
			if at > 15*second {
				return 1
			}
			return 0
		}, 42 * second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				connections := func() int {
					if c.connections == nil {
						return 0
					}
					return c.connections(time.Since(started))
				}
				requests := func() uint64 {
					if c.requests == nil {
						return 0
					}
					return c.requests(time.Since(started))
				}
				if idle := untilIdle(t.Context(), c.limit, connections, requests); !idle || time.Since(started) != c.want {
					t.Errorf("stopped after %v (%t), want %v", time.Since(started), idle, c.want)
				}
			})
		})
	}
}

func TestIdleWatchEndsWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, after := range []time.Duration{time.Second, 15 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			if untilIdle(ctx, 2*time.Second, func() int { return 1 }, func() uint64 { return 0 }) {
				t.Error("stopped although somebody is connected")
			}
			cancel()
		}
	})
}
