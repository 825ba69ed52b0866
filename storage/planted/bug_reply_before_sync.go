//go:build bug_reply_before_sync

package planted

// Bug is the mistake of this build.
const Bug = ReplyBeforeSync
