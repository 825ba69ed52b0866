package board

import "slices"

// The words a status and a priority may be. Any status may follow any other.
var (
	statusWords   = []string{"backlog", "todo", "in_progress", "review", "done", "blocked"}
	priorityWords = []string{"low", "medium", "high", "critical"}
)

func checkStatus(word string) error {
	if slices.Contains(statusWords, word) {
		return nil
	}
	return invalid("status", "The status must be backlog, todo, in_progress, review, done or blocked")
}

func checkPriority(word string) error {
	if slices.Contains(priorityWords, word) {
		return nil
	}
	return invalid("priority", "The priority must be low, medium, high or critical")
}
