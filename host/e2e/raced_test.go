//go:build race

package e2e

// raced is set under the race detector, which makes a crowd slow.
const raced = true
