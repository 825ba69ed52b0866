package tryout

import (
	"encoding/json"
	"fmt"

	"workcell/host/sandbox"
)

// compare returns what is not as the step expects.
func (s *Step) compare(r *Report) []string {
	var problems []string
	report := func(what string, got, want any) {
		problems = append(problems, fmt.Sprintf("%s\n  got:  %s\n  want: %s", what, line(got), line(want)))
	}
	status := sandbox.OK
	switch {
	case s.Refusal != nil:
		status = sandbox.Refused
	case s.Trap != "":
		status = sandbox.Trapped
	}
	if r.Status != status.String() {
		report("the call ended otherwise", r.ending(), status.String())
		return problems
	}
	if s.Trap != "" && r.Reason != s.Trap {
		report("another trap", r.Reason, s.Trap)
	}
	if s.Refusal != nil && !s.Refusal.covers(r.Refusal) {
		report("another refusal", r.Refusal, s.Refusal)
	}
	if s.Reply != nil && !s.Reply.is(r.Reply) {
		report("another reply", r.Reply, s.Reply.text)
	}
	compareList(report, "writes", r.Writes, s.Writes)
	compareList(report, "events", r.Events, s.Events)
	compareList(report, "changes of subscriptions", r.Changes, s.Changes)
	compareList(report, "log lines", r.Log, s.Log)
	return problems
}

// compareList compares what is written as JSON: nil and empty are the same.
func compareList[T any](report func(string, any, any), what string, got []T, want *[]T) {
	if want != nil && (len(got) > 0 || len(*want) > 0) && line(got) != line(*want) {
		report("other "+what, got, *want)
	}
}

// covers reports whether r, as a step describes a refusal, describes got.
func (r *Refusal) covers(got *Refusal) bool {
	matches := func(want, got string) bool { return want == "" || want == got }
	return matches(r.Code, got.Code) && matches(r.Field, got.Field) && matches(r.Message, got.Message)
}

// ending says how a call ended, with what is known about it.
func (r *Report) ending() string {
	switch {
	case r.Refusal != nil:
		return r.Status + ": " + line(r.Refusal)
	case r.Detail != "":
		return r.Status + ": " + r.Detail
	}
	return r.Status
}

// line is v as one line of JSON.
func line(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
