//go:build bug_validate_after_apply

package planted

// Bug is the mistake of this build.
const Bug = ValidateAfterApply
