package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// subscribe adds projects and sprints to what the connection hears of. It takes all of the ids or none.
func subscribe(c *guest.Call) error {
	var req pm.Subscribe
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	projects, err := visible(c, "project_ids", req.ProjectIds, abi.ScopeProject)
	if err != nil {
		return err
	}
	sprints, err := visible(c, "sprint_ids", req.SprintIds, abi.ScopeSprint)
	if err != nil {
		return err
	}
	if err := hold(c, "project_ids", projects); err != nil {
		return err
	}
	return hold(c, "sprint_ids", sprints)
}

// unsubscribe is the reverse of subscribe. It needs no permission and ids that are not held are harmless.
func unsubscribe(c *guest.Call) error {
	var req pm.Unsubscribe
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	for _, s := range req.ProjectIds {
		c.Unsubscribe(scopeFor(s, abi.ScopeProject))
	}
	for _, s := range req.SprintIds {
		c.Unsubscribe(scopeFor(s, abi.ScopeSprint))
	}
	return nil
}

// visible returns the scopes that ids name, each once, after checking that the caller may look into all of them. More
// than a connection can hold are refused before they cost anything.
func visible(c *guest.Call, field string, ids []string, kind abi.ScopeKind) ([]abi.Scope, error) {
	var scopes []abi.Scope
	known := map[abi.Scope]bool{}
	for _, s := range ids {
		if scope := scopeFor(s, kind); !known[scope] {
			known[scope] = true
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) > abi.MaxSubscriptions {
		return nil, tooMany(field)
	}
	for _, scope := range scopes {
		if scope.Kind == abi.ScopeInert {
			continue
		}
		project := uuid([]byte(scope.ID))
		if kind == abi.ScopeSprint {
			// A deleted sprint has a project; one that never was has none, and in the zero project nobody has a role.
			at, _, err := sprints.locate(c, project)
			if err != nil {
				return nil, err
			}
			project = at.owner
		}
		if err := require(c, project, viewer); err != nil {
			return nil, err
		}
	}
	return scopes, nil
}

// hold subscribes the connection to scopes.
func hold(c *guest.Call, field string, scopes []abi.Scope) error {
	for _, scope := range scopes {
		if !c.Subscribe(scope) {
			return tooMany(field)
		}
	}
	return nil
}

func tooMany(field string) error {
	return invalid(field, "A connection holds at most "+strconv.Itoa(abi.MaxSubscriptions)+" subscriptions")
}

// scopeFor returns the scope that an id in a request stands for. Text that is not a UUID can match no event, but is
// accepted and counted, as clients have always been allowed to send anything.
func scopeFor(s string, kind abi.ScopeKind) abi.Scope {
	if id, ok := parseUUID(s); ok {
		return abi.Scope{Kind: kind, ID: string(id[:])}
	}
	if s == "" {
		s = "\x00" // a scope needs an id
	}
	return abi.Scope{Kind: abi.ScopeInert, ID: s[:min(len(s), abi.MaxScopeIDBytes)]}
}
