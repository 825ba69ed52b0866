package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"workcell/abi"
	"workcell/host/identity"
)

// The members of projects on the admin socket, as handlers' operations are: parameters in the query, 409 for a refusal.
//
//	GET  /members?project=
//	POST /members/add?project=&user=&role=   /members/remove?project=&user=
const pathMembers = "/members"

// Manage has the handlers carry out a request about members, whose limits are kept, and tells what they answer.
type Manage func(context.Context, abi.MembersRequest) (abi.Members, error)

// Members are members of a project: all of them, or whom an operation was about.
type Members struct {
	Project uuid.UUID `json:"project"`
	Members []Member  `json:"members"`
}

// Member is a user's membership.
type Member struct {
	User  uuid.UUID `json:"user"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

// addMembers adds the routes about members.
func addMembers(routes *router, manage Manage) {
	handle := func(op abi.MembersOp) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			members, err := manageMembers(r.Context(), manage, op, r.URL.Query())
			if err != nil {
				writeJSON(w, http.StatusConflict, failure{err.Error()})
				return
			}
			writeJSON(w, http.StatusOK, members)
		}
	}
	routes.get(pathMembers, handle(abi.MembersList))
	routes.post(pathMembers+"/add", handle(abi.MembersAdd))
	routes.post(pathMembers+"/remove", handle(abi.MembersRemove))
}

func manageMembers(ctx context.Context, manage Manage, op abi.MembersOp, query url.Values) (Members, error) {
	request := abi.MembersRequest{Op: op, Project: query.Get("project"), Role: query.Get("role")}
	user := query.Get("user")
	switch {
	case request.Project == "" || len(request.Project) > abi.MaxProjectNameBytes:
		return Members{}, fmt.Errorf("a project is named by its id or its key: 1 to %d bytes", abi.MaxProjectNameBytes)
	case len(request.Role) > abi.MaxRoleBytes:
		return Members{}, fmt.Errorf("a role has at most %d bytes", abi.MaxRoleBytes)
	case op != abi.MembersList && user == "":
		return Members{}, fmt.Errorf("a user is named by an id or any other word, not by nothing")
	case op != abi.MembersList:
		request.User = identity.UserID(user)
	}
	found, err := manage(ctx, request)
	if err != nil {
		return Members{}, err
	}
	members := Members{Project: found.Project, Members: make([]Member, 0, len(found.Members))}
	for _, m := range found.Members {
		members.Members = append(members.Members, Member{User: m.User, Role: m.Role, Since: time.Unix(m.Since, 0).UTC()})
	}
	return members, nil
}

// ListMembers returns the members of a project, which is named by its id or key.
func ListMembers(ctx context.Context, dir, project string) (Members, error) {
	return askMembers(ctx, dir, http.MethodGet, pathMembers, url.Values{"project": {project}})
}

// AddMember makes a user a member of a project, or gives a member another role. The user is named as clients do it. It
// returns the membership.
func AddMember(ctx context.Context, dir, project, user, role string) (Members, error) {
	return askMembers(ctx, dir, http.MethodPost, pathMembers+"/add", url.Values{"project": {project}, "user": {user}, "role": {role}})
}

// RemoveMember ends a membership, and returns it as it was.
func RemoveMember(ctx context.Context, dir, project, user string) (Members, error) {
	return askMembers(ctx, dir, http.MethodPost, pathMembers+"/remove", url.Values{"project": {project}, "user": {user}})
}

// askMembers asks something about members. The error wraps ErrNoServer or ErrRefused, if it is one of these.
func askMembers(ctx context.Context, dir, method, path string, query url.Values) (members Members, err error) {
	res, err := ask(ctx, dir, method, path+"?"+query.Encode(), nil)
	if err != nil {
		return Members{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Members{}, refusalOf(res)
	}
	if err := json.NewDecoder(res.Body).Decode(&members); err != nil {
		return Members{}, fmt.Errorf("read the server's answer: %w", err)
	}
	return members, nil
}
