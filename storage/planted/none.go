//go:build !(bug_validate_after_apply || bug_bump_before_apply || bug_ledger_outside_batch || bug_reply_before_sync)

package planted

// Bug is the mistake of this build.
const Bug = None
