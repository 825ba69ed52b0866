package board

import "workcell/guests/guest"

// A stored value is one byte that says how to read the rest, and the rest. Version 1 is a message of package pm, whose
// unknown fields survive being rewritten: a record written by a newer handler keeps what this one does not know.
const recordVersion = 1

// A message is one of package pm.
type message interface {
	Append(dst []byte) []byte
}

// A record is a message that is stored.
type record interface {
	message
	Parse(b []byte) error
}

// encode returns the bytes of m: a view, valid until the next message is encoded.
func encode(m message) []byte { return m.Append(guest.Scratch()) }

// load reads the record under key into r, which must be empty.
func load(c *guest.Call, key []byte, r record) (found bool, err error) {
	value, found := c.Get(dataSet, key)
	if !found {
		return false, nil
	}
	return true, decode(key, value, r)
}

// store writes r under key.
func store(c *guest.Call, key []byte, r record) {
	c.Put(dataSet, key, r.Append(append(guest.Scratch(), recordVersion)))
}

// drop removes the record under key.
func drop(c *guest.Call, key []byte) { c.Delete(dataSet, key) }

// has reports whether there is a record under key.
func has(c *guest.Call, key []byte) bool {
	_, found := c.Get(dataSet, key)
	return found
}

// decode reads the value found under key into r.
func decode(key, value []byte, r record) error {
	b, err := body(key, value)
	if err != nil {
		return err
	}
	if r.Parse(b) != nil {
		return undecoded(key)
	}
	return nil
}

// body returns the message in the value found under key, as a view.
func body(key, value []byte) ([]byte, error) {
	if len(value) == 0 || value[0] != recordVersion {
		return nil, damaged(key, "has an unknown version")
	}
	return value[1:], nil
}

// all is the range of the keys that start with prefix.
func all(prefix []byte) guest.Range { return guest.Range{Lo: prefix, Hi: end(prefix)} }

// each visits the records whose keys start with prefix, in key order, until visit fails. Key and value are views.
func each(c *guest.Call, prefix []byte, visit func(key, value []byte) error) error {
	return eachOf(c, all(prefix), visit)
}

// eachOf is each for the records of a range.
func eachOf(c *guest.Call, r guest.Range, visit func(key, value []byte) error) error {
	var err error
	c.Scan(dataSet, r, func(key, value []byte) bool {
		err = visit(key, value)
		return err == nil
	})
	return err
}

// count returns how many keys start with prefix.
func count(c *guest.Call, prefix []byte) (n int) {
	c.Scan(dataSet, all(prefix), func(_, _ []byte) bool {
		n++
		return true
	})
	return n
}

// firstKey returns the lowest key that starts with prefix, nil if there is none.
func firstKey(c *guest.Call, prefix []byte) []byte { return keyAtEnd(c, prefix, false) }

// lastKey returns the highest key that starts with prefix, nil if there is none.
func lastKey(c *guest.Call, prefix []byte) []byte { return keyAtEnd(c, prefix, true) }

func keyAtEnd(c *guest.Call, prefix []byte, last bool) (found []byte) {
	r := all(prefix)
	r.Reverse, r.Limit = last, 1
	c.Scan(dataSet, r, func(key, _ []byte) bool {
		found = append(guest.Alloc(len(key)), key...)
		return true
	})
	return found
}

// A damage says that a record is not what it must be. Clients learn only that the handler failed; the operator finds
// the key in the log.
type damage struct{ key, what string }

func damaged(key []byte, what string) error {
	return &damage{key: hexText(key), what: what}
}

func undecoded(key []byte) error { return damaged(key, "does not decode") }

//go:noinline
func hexText(b []byte) string {
	digits := make([]byte, 0, 2*len(b))
	for _, c := range b {
		digits = append(digits, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(digits)
}

// Error names the key in hexadecimal.
func (d *damage) Error() string {
	return "record " + d.key + " of data set board " + d.what + "; restore it from a backup or import the project again"
}
