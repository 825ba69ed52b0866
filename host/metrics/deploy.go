package metrics

import "github.com/prometheus/client_golang/prometheus"

// deployments counts what becomes of versions of handlers.
type deployments struct {
	states *held[string, prometheus.Counter]
}

func newDeployments(r prometheus.Registerer) deployments {
	return deployments{counters(r, "pm_handler_versions_total", "Versions of handlers that have reached a state.", "state")}
}

// Deployed counts a version of a handler that has reached a state.
func (d *deployments) Deployed(state string) { d.states.of(state).Inc() }
