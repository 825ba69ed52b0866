package abi

// MembersOp is what a call of RouteMembers does.
type MembersOp uint8

// The operations. Numbers are for good.
const (
	// MembersList replies with all members of the project.
	MembersList MembersOp = 0
	// MembersAdd makes a user a member, or gives a member another role. It replies with that member.
	MembersAdd MembersOp = 1
	// MembersRemove ends a membership, and with it the subscriptions of all connections of the user to the project and
	// what is in it. It replies with who was removed.
	MembersRemove  MembersOp = 2
	membersOpCount MembersOp = 3
)

// MembersRequest is the request of RouteMembers. A project that does not exist, a member who is none and a word that is
// no role are refused as clients are.
//
//	op u8 | user 16 | project length u32 | project | role length u32 | role
type MembersRequest struct {
	Op      MembersOp
	User    [16]byte // not looked at by MembersList
	Project string   // id, or key in any letter case
	Role    string   // viewer, editor or admin; looked at by MembersAdd alone
}

// Members is the reply of RouteMembers.
//
//	project 16 | members u32 | members times (user 16 | since i64 | role length u32 | role)
type Members struct {
	Project [16]byte
	Members []Member // by user
}

// Member is a user's membership in a project.
type Member struct {
	User  [16]byte
	Since int64 // Unix seconds
	Role  string
}

// Limits of the texts. The parsers refuse what exceeds them.
const (
	MaxProjectNameBytes = 64
	MaxRoleBytes        = 32
)

// AppendMembersRequest appends r to dst.
func AppendMembersRequest(dst []byte, r *MembersRequest) []byte {
	dst = append(dst, byte(r.Op))
	dst = append(dst, r.User[:]...)
	dst = appendSized(dst, r.Project)
	return appendSized(dst, r.Role)
}

// ParseMembersRequest reads what AppendMembersRequest wrote. It reports false if b is not that.
func ParseMembersRequest(b []byte) (m MembersRequest, ok bool) {
	r := reader{rest: b}
	m = MembersRequest{Op: MembersOp(r.uint8()), User: r.array16(), Project: r.text(MaxProjectNameBytes), Role: r.text(MaxRoleBytes)}
	if !r.ended() || m.Op >= membersOpCount {
		return MembersRequest{}, false
	}
	return m, true
}

// AppendMembers appends m to dst.
func AppendMembers(dst []byte, m *Members) []byte {
	dst = append(dst, m.Project[:]...)
	dst = appendUint32(dst, uint32(len(m.Members)))
	for i := range m.Members {
		member := &m.Members[i]
		dst = append(dst, member.User[:]...)
		dst = appendUint64(dst, uint64(member.Since))
		dst = appendSized(dst, member.Role)
	}
	return dst
}

// ParseMembers reads what AppendMembers wrote and copies what it keeps. It reports false if b is not that.
func ParseMembers(b []byte) (m Members, ok bool) {
	r := reader{rest: b}
	m.Project = r.array16()
	for count := r.uint32(); count > 0 && !r.failed; count-- {
		m.Members = append(m.Members, Member{User: r.array16(), Since: int64(r.uint64()), Role: r.text(MaxRoleBytes)})
	}
	if !r.ended() {
		return Members{}, false
	}
	return m, true
}
