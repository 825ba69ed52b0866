//go:build bug_bump_before_apply

package planted

// Bug is the mistake of this build.
const Bug = BumpBeforeApply
