package guest

// served is the module this program is. Serve sets it once, before any call.
var served *Module

// Serve makes m the module that this program is. Call it once, from an init function.
func Serve(m Module) {
	if served != nil {
		panic("guest: Serve called twice")
	}
	served = &m
}
