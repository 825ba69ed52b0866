package txn

// CommitAround commits t, and calls between after the first part of its validation.
func (t *Txn) CommitAround(between func()) error {
	checked, ok := t.store.precheck(t)
	between()
	if !ok {
		t.state = ended
		return errMisuse // the first part alone was to find nothing
	}
	t.store.pending.reserve()
	if err := t.store.commitReserved(t, checked, 1, nil); err != nil {
		t.store.pending.unreserve()
		t.state = ended
		return err
	}
	t.state = committed
	return nil
}
