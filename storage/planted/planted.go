// Package planted names mistakes that can be built into the storage on purpose, one at a time, by a build tag of the same
// name. `make planted` does so, and fails if the tests do not notice: a net is only as good as what it has caught. In
// every other build Bug is None, a constant, and the code of the mistakes is not there.
package planted

// Mistake is a way to be wrong.
type Mistake string

// The mistakes.
const (
	None Mistake = ""
	// ValidateAfterApply: a commit is applied, and only then compared with the others.
	ValidateAfterApply Mistake = "bug_validate_after_apply"
	// BumpBeforeApply: a commit's number is published before its writes can be read.
	BumpBeforeApply Mistake = "bug_bump_before_apply"
	// LedgerOutsideBatch: the record of a message is stored in a transaction of its own, after that of its effects.
	LedgerOutsideBatch Mistake = "bug_ledger_outside_batch"
	// ReplyBeforeSync: who waits for a commit is told before the log is synced.
	ReplyBeforeSync Mistake = "bug_reply_before_sync"
)
