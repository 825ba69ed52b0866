package config

import "strings"

// nearest returns the known key that a misspelt name most likely stands for: one that differs in a few letters, or else
// the only one with the same last part in another section. Of equally close ones the first in the table is taken.
func nearest(name string) (string, bool) {
	name = strings.ToLower(name)
	best, least := "", 0
	for _, k := range table {
		most := max(2, len(k.name)/6)
		if d, ok := distance(name, k.name, most); ok && (best == "" || d < least) {
			best, least = k.name, d
		}
	}
	if best != "" {
		return best, true
	}
	short := name[strings.LastIndexByte(name, '.')+1:]
	for _, k := range table {
		if k.short() != short {
			continue
		}
		if best != "" {
			return "", false
		}
		best = k.name
	}
	return best, best != ""
}

// distance returns how many bytes must be inserted, deleted or replaced to make b from a (Levenshtein), and false when
// that is more than most.
func distance(a, b string, most int) (int, bool) {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return 0, false
	}
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
	d := row[len(b)]
	return d, d <= most
}
