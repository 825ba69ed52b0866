package pages

import "fmt"

// Method is a way to bring a memory back to its image. The zero Method works everywhere.
type Method uint8

// Methods, from the plainest to the best.
const (
	Copy Method = iota // copy the whole image
	Hot                // copy the pages that are mostly written, drop the others
	Read               // read which pages are private, copy them
	Scan               // ask for private pages, copy them
	Uffd               // have writes noted, ask for written pages, copy them
)

var methodNames = [...]string{Copy: "copy", Hot: "hot", Read: "read", Scan: "scan", Uffd: "uffd"}

// Methods returns all methods, the best first.
func Methods() []Method { return []Method{Uffd, Scan, Read, Hot, Copy} }

// String returns the name of m, as ParseMethod reads it.
func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return fmt.Sprintf("method %d", uint8(m))
}

// ParseMethod returns the Method of a name.
func ParseMethod(name string) (Method, error) {
	for m, known := range methodNames {
		if name == known {
			return Method(m), nil
		}
	}
	return 0, fmt.Errorf("unknown method %q: use one of %v", name, Methods())
}
