package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Words of logging.level, quietest first, and the one that stands for every other word.
var levels = []string{"off", "error", "warn", "info", "debug", "trace"}

const otherLevel = "info"

// defaultLLMUser is the user REST requests act as when they name none.
const defaultLLMUser = "00000000-0000-0000-0000-000000000001"

// A settle function brings a valid value into the one form that the rest of the program sees. A note that is not empty
// tells the operator that the value was not taken as written.

func lowered(v any) (any, string) { return strings.ToLower(v.(string)), "" }

// settleLevel maps an unknown word to info: a misspelt level must not keep a server down.
func settleLevel(v any) (any, string) {
	level := strings.ToLower(v.(string))
	if slices.Contains(levels, level) {
		return level, ""
	}
	return otherLevel, fmt.Sprintf("%q is no level; %s is used (known: %s)", v, otherLevel, strings.Join(levels, ", "))
}

// settleLLMUser maps anything but a UUID to the default user.
func settleLLMUser(v any) (any, string) {
	id, err := uuid.Parse(v.(string))
	if err != nil {
		return defaultLLMUser, fmt.Sprintf("%q is no UUID; %s is used", v, defaultLLMUser)
	}
	return id.String(), ""
}

// settleDesktopUser draws a name for an empty one. Load calls it once, so the name lasts as long as the server.
func settleDesktopUser(v any) (any, string) {
	if v.(string) == "" {
		return "session-" + uuid.NewString(), ""
	}
	return v, ""
}
