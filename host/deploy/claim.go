package deploy

import (
	"fmt"
	"slices"
	"strings"

	"workcell/abi"
)

// claim is what a version that is in service, or wants to be, asks for.
type claim struct {
	manifest *abi.Manifest
	builtin  bool
	takeOver bool
}

// errands are the routes that the host calls by itself on every handler that has them: nobody else's business.
func errand(route uint32) bool {
	return route < abi.FirstCustomRoute && route < 10 && route != abi.RouteSessionOpened
}

// checkClaim refuses a claim that gets in the way of the others: those of other handlers, and the program's own.
func checkClaim(c claim, others []claim) error {
	var taken, unshared []string
	for _, o := range others {
		if o.manifest.Name == c.manifest.Name {
			continue
		}
		for i := range c.manifest.Routes {
			r := &c.manifest.Routes[i]
			clash := clashing(r, o.manifest)
			switch {
			case clash == nil:
			case o.builtin && c.takeOver:
				if set := unsharedSet(c.manifest, o.manifest); set != "" && !slices.Contains(unshared, set) {
					unshared = append(unshared, set)
				}
			case o.builtin:
				taken = append(taken, fmt.Sprintf("route %d (%s) of the built-in handler %s", r.ID, clash.Name, o.manifest.Name))
			case c.takeOver != o.takeOver && slices.ContainsFunc(others, func(b claim) bool { return b.builtin && clashing(r, b.manifest) != nil }):
				// one of them has taken it over from the other's version zero
			default:
				return refuse(nil, fmt.Sprintf("choose another number and name, or take that handler out first (`workcell handler rm %s`)", o.manifest.Name),
					"it takes route %d (%s), which belongs to the handler %s %s", r.ID, clash.Name, o.manifest.Name, o.manifest.Version)
			}
		}
	}
	switch {
	case len(taken) > 0:
		return refuse(nil, "choose other numbers, or push it with --take-over", "it takes %s", few(taken))
	case len(unshared) > 0:
		return refuse(nil, "declare the same data sets with the same access: the routes it leaves alone work on them",
			"it takes over built-in routes without their data set %s", strings.Join(unshared, ", "))
	}
	return nil
}

// clashing returns the route of m that cannot be beside r, or nil: the same number, or for custom routes the same name.
func clashing(r *abi.Route, m *abi.Manifest) *abi.Route {
	if errand(r.ID) {
		return nil
	}
	for i := range m.Routes {
		o := &m.Routes[i]
		if o.ID == r.ID || r.ID >= abi.FirstCustomRoute && o.ID >= abi.FirstCustomRoute && o.Name == r.Name {
			return o
		}
	}
	return nil
}

// unsharedSet returns a data set of the handler whose routes are taken over that the one which takes them does not have.
func unsharedSet(taker, owner *abi.Manifest) string {
	for _, set := range owner.DataSets {
		if !slices.ContainsFunc(taker.DataSets, func(s abi.DataSet) bool { return s.Name == set.Name && s.Access == set.Access }) {
			return set.Name
		}
	}
	return ""
}

// few lists the first of some things.
func few(things []string) string {
	const most = 5
	if over := len(things) - most; over > 0 {
		return strings.Join(things[:most], ", ") + fmt.Sprintf(" and %d more", over)
	}
	return strings.Join(things, ", ")
}

// owners says who gets each route: the index of a claim. The claims do not get in each other's way.
func owners(claims []claim) map[uint32]int {
	rank := func(c claim) int {
		switch {
		case c.takeOver:
			return 2
		case !c.builtin:
			return 1
		}
		return 0
	}
	routes := map[uint32]int{}
	for i, c := range claims {
		for _, r := range c.manifest.Routes {
			if j, taken := routes[r.ID]; !taken || rank(c) > rank(claims[j]) && !errand(r.ID) || errand(r.ID) && claims[j].manifest.Name == c.manifest.Name && !c.builtin {
				routes[r.ID] = i
			}
		}
	}
	return routes
}
