//go:build !wasip1

package probe

import "workcell/guests/guest"

// runRaw needs the functions of the interface, which are there in a sandbox only.
func runRaw(*guest.Call) error { panic("probe: the raw route needs a sandbox") }
