package abi

// AuthMode says how a user was identified.
type AuthMode uint8

const (
	// AuthDesktop: authentication is off, the client says who its user is.
	AuthDesktop AuthMode = 0
	// AuthToken: the user comes from a verified token.
	AuthToken AuthMode = 1
)

// Identity is who asks: the user and connection of the message a call handles.
//
//	auth mode u8 | user 16 | connection 16 | roles u8 | roles times (length u8 | text)
type Identity struct {
	Mode       AuthMode
	User       [16]byte
	Connection [16]byte
	// Roles are the words of the token's roles claim: at most 255, each of at most 255 bytes.
	Roles []string
}

// AppendIdentity appends id in the layout of the identity function to dst. Roles beyond what the layout holds are left
// out.
func AppendIdentity(dst []byte, id *Identity) []byte {
	dst = append(dst, byte(id.Mode))
	dst = append(dst, id.User[:]...)
	dst = append(dst, id.Connection[:]...)
	at := len(dst)
	dst = append(dst, 0)
	for _, role := range id.Roles {
		if len(role) > 255 || dst[at] == 255 {
			continue
		}
		dst[at]++
		dst = append(dst, byte(len(role)))
		dst = append(dst, role...)
	}
	return dst
}

// ParseIdentity reads what AppendIdentity wrote. It reports false if b is not that.
func ParseIdentity(b []byte) (id Identity, ok bool) {
	const fixed = 1 + 16 + 16 + 1
	if len(b) < fixed {
		return Identity{}, false
	}
	id.Mode = AuthMode(b[0])
	copy(id.User[:], b[1:])
	copy(id.Connection[:], b[17:])
	count := int(b[33])
	b = b[fixed:]
	for range count {
		if len(b) == 0 || len(b) < 1+int(b[0]) {
			return Identity{}, false
		}
		end := 1 + int(b[0])
		id.Roles = append(id.Roles, string(b[1:end]))
		b = b[end:]
	}
	return id, len(b) == 0
}
