package wasmbin

// ForgetOffsets makes decoded modules comparable, whatever bytes they were decoded from.
func (m *Module) ForgetOffsets() {
	for i := range m.Code {
		m.Code[i].offset = 0
	}
}

// MergeDataGap is MergeData with another mergeGap.
func (m *Module) MergeDataGap(export string, gap uint64) (int, error) {
	return m.mergeData(export, gap)
}
