package lsm

// Look looks at the free space now, and not only when it is time.
func (e *Engine) Look() { e.space.look() }
