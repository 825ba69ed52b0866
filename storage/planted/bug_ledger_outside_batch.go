//go:build bug_ledger_outside_batch

package planted

// Bug is the mistake of this build.
const Bug = LedgerOutsideBatch
