// Package metrics counts what the appliance does and writes it in the Prometheus text format. All names are in this
// package, those of messages in message.go, of connections in connection.go, of what is read when somebody asks in
// source.go.
//
// The other packages declare the few methods they call; a Metrics has them all. Calls on the way of a message take no
// locks and allocate nothing: every counter of a vector is looked up by its labels once and then held (see held). Labels
// come from fixed lists or from manifests, never from clients, and each vector has a bound beyond which everything counts
// under the label "other".
package metrics
