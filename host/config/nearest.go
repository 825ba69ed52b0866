package config

import (
	"strings"

	"workcell/host/spelling"
)

// nearest returns the known key that a misspelt name most likely stands for: one that differs in a few letters, or else
// the only one with the same last part in another section. Of equally close ones the first in the table is taken.
func nearest(name string) (string, bool) {
	name = strings.ToLower(name)
	best, least := "", 0
	for _, k := range table {
		most := max(2, len(k.name)/6)
		if len(name) > len(k.name)+most {
			continue
		}
		if d := spelling.Distance(name, k.name); d <= most && (best == "" || d < least) {
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
