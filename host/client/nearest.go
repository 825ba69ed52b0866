package client

import (
	"strings"

	"workcell/host/spelling"
)

// nearest returns the name in names that a misspelt one most likely stands for: one that differs in a few letters, or
// else one that continues it, as create_project_request continues create_project. Of equally good ones the first.
func nearest(name string, names []string) (string, bool) {
	best, least := "", max(2, len(name)/4)+1
	for _, candidate := range names {
		if d := spelling.Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	if best != "" || len(name) < 3 {
		return best, best != ""
	}
	for _, candidate := range names {
		if strings.HasPrefix(candidate, name) {
			return candidate, true
		}
	}
	return "", false
}

// snake returns a camelCase name in snake_case, and a snake_case one as it is.
func snake(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
