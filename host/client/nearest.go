package client

import "strings"

// nearest returns the name in names that a misspelt one most likely stands for: one that differs in a few letters, or
// else one that continues it, as create_project_request continues create_project. Of equally good ones the first.
func nearest(name string, names []string) (string, bool) {
	best, least := "", max(2, len(name)/4)+1
	for _, candidate := range names {
		if d := distance(name, candidate); d < least {
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

// distance returns how many bytes must be inserted, deleted or replaced to make b from a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
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
