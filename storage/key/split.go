package key

import "bytes"

// SplitData takes a key of the data table apart: the name of its data set, and the guest's key, which are views into k. ok
// is false if k is not what AppendDataSet and a guest's key make.
func SplitData(k []byte) (set, guest []byte, ok bool) {
	if len(k) == 0 || k[0] != Data {
		return nil, nil, false
	}
	set, guest, found := bytes.Cut(k[1:], []byte{0})
	if !found || len(set) == 0 || len(guest) == 0 {
		return nil, nil, false
	}
	return set, guest, true
}
