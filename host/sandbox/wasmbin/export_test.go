package wasmbin

// ForgetOffsets makes decoded modules comparable, whatever bytes they were decoded from.
func (m *Module) ForgetOffsets() {
	for i := range m.Code {
		m.Code[i].offset = 0
	}
}
