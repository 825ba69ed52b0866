package metrics

import (
	"bytes"
	"io"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// ContentType is that of the text Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Metrics is every counter of one appliance. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	messages
	connections
	deployments
	requests *held[request, prometheus.Counter]
}

// New returns the metrics of an appliance of that version, all zero.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "pm_build_info", Help: "1, with the version of the server.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	r.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return &Metrics{registry: r, messages: newMessages(r), connections: newConnections(r), deployments: newDeployments(r), requests: newRequests(r)}
}

// Write writes everything in the text format. On an error of one collector the rest is written all the same.
func (m *Metrics) Write(w io.Writer) error {
	families, err := m.registry.Gather()
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			return err
		}
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return err
	}
	return err
}

// counter registers a plain counter.
func counter(r prometheus.Registerer, name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	r.MustRegister(c)
	return c
}

// counters registers a counter with one label, and holds its children.
func counters(r prometheus.Registerer, name, help, label string) *held[string, prometheus.Counter] {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	r.MustRegister(v)
	return newHeld(func(value string) prometheus.Counter { return v.WithLabelValues(value) }, other)
}

// seconds are the bounds of all histograms of time, from what a read in memory takes to the limit of a request.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// histograms registers a histogram of time with one label, and holds its children.
func histograms(r prometheus.Registerer, name, help, label string) *held[string, prometheus.Observer] {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, []string{label})
	r.MustRegister(v)
	return newHeld(func(value string) prometheus.Observer { return v.WithLabelValues(value) }, other)
}
