package catalog

// StoredIn returns the data set that a row is about, given the key behind its first byte. ok is false if the row is not one
// of those that say which versions of records may be stored.
func StoredIn(id []byte) (set string, ok bool) {
	if len(id) < 2 || id[0] != rowStored {
		return "", false
	}
	return string(id[1:]), true
}
