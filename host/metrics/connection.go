package metrics

import (
	"maps"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"workcell/host/wire"
)

// connections are the metrics of WebSocket connections.
type connections struct {
	established, dropped, rateLimited prometheus.Counter
	refused, closed                   *held[string, prometheus.Counter]
}

func newConnections(r prometheus.Registerer) connections {
	c := connections{
		established: counter(r, "pm_ws_connections_established_total", "Connections that were let in."),
		refused:     counters(r, "pm_ws_connections_refused_total", "Connections that were not let in, by what was wrong with who they said they are.", "reason"),
		closed:      counters(r, "pm_ws_connections_closed_total", "Connections that ended.", "reason"),
		dropped:     counter(r, "pm_ws_broadcast_dropped_total", "Messages that were not sent because the client does not read."),
		rateLimited: counter(r, "pm_ws_rate_limited_total", "Messages that were refused because there were too many."),
	}
	for _, word := range append(slices.Collect(maps.Values(closeWords)), closedNormally, closedByClient, closedByError) {
		c.closed.of(word)
	}
	return c
}

// Connected counts a connection that was let in.
func (c *connections) Connected() { c.established.Inc() }

// Refused counts a connection that was not let in. why is one of a fixed list.
func (c *connections) Refused(why string) { c.refused.of(why).Inc() }

// Disconnected counts the end of a connection.
func (c *connections) Disconnected(reason wire.CloseReason) { c.closed.of(closeWord(reason)).Inc() }

// Dropped counts a message for a client that does not read.
func (c *connections) Dropped() { c.dropped.Inc() }

// RateLimited counts a message that was refused because there were too many.
func (c *connections) RateLimited() { c.rateLimited.Inc() }

// Labels for how a connection ended.
const (
	closedByClient = "client"
	closedByError  = "error"
	closedNormally = "normal"
)

// closeWords are the labels for the codes with which we close connections.
var closeWords = map[wire.CloseCode]string{
	wire.CloseGoingAway:     "going_away", // shutdown, or nothing was heard of the client
	wire.ClosePolicy:        "policy",     // too many messages, or a token that expired
	wire.CloseProtocolError: "protocol",
	wire.CloseInvalidData:   "invalid_data",
	wire.CloseTooBig:        "too_big",
	wire.CloseTryLater:      "slow_consumer",
}

// closeWord is the label for how a connection ended.
func closeWord(reason wire.CloseReason) string {
	switch word := closeWords[reason.Code]; {
	case reason.Remote:
		return closedByClient
	case reason.Err != nil:
		return closedByError
	case word != "":
		return word
	}
	return closedNormally
}

// request is the labels of an HTTP request.
type request struct {
	route  string
	status int
}

func newRequests(r prometheus.Registerer) *held[request, prometheus.Counter] {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pm_http_requests_total", Help: "HTTP requests, without WebSocket upgrades.",
	}, []string{"route", "status"})
	r.MustRegister(v)
	return newHeld(func(q request) prometheus.Counter {
		return v.WithLabelValues(q.route, strconv.Itoa(q.status))
	}, request{other, 0})
}

// Requested counts an HTTP request. route is a pattern, never a path that a client made up.
func (m *Metrics) Requested(route string, status int) { m.requests.of(request{route, status}).Inc() }
