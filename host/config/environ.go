package config

import (
	"slices"
	"strings"

	"workcell/host/spelling"
)

// envPrefix is how the names of our environment variables begin.
const envPrefix = "PM_"

// UnknownVariables returns a warning for each variable of an environment, as os.Environ gives it, that looks like one of
// ours and is none: it is ignored, where the operator meant something. Safe for concurrent use.
func UnknownVariables(environ []string) []string {
	var warnings []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || name == DirEnv || isVariable(name) {
			continue
		}
		w := "unknown variable " + shorten(name) + " is ignored"
		if near, ok := nearestVariable(name); ok {
			w += "; did you mean " + near + "?"
		}
		warnings = append(warnings, w)
	}
	slices.Sort(warnings)
	return warnings
}

func isVariable(name string) bool {
	return slices.ContainsFunc(table, func(k key) bool { return k.env == name })
}

func nearestVariable(name string) (string, bool) {
	best, least := "", 0
	for _, k := range table {
		most := max(2, len(k.env)/6)
		if k.env == "" || len(name) > len(k.env)+most {
			continue
		}
		if d := spelling.Distance(name, k.env); d <= most && (best == "" || d < least) {
			best, least = k.env, d
		}
	}
	return best, best != ""
}
