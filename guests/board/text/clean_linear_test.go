//go:build !race

package text

import (
	"strings"
	"testing"
	"time"
)

// hostile are fragments whose repetition makes a careless scanner go over the same text again and again.
var hostile = []string{
	"<", "`", "[", "]", "](", "]:", "[^", "&", "&#0", "<a ", "<a\n", "</a ", "<a x=\"", "<a x='", "<a href=", "<a href=' ", "<a href='\x01", "<a on", "on", "<on", ">", "> ", "<a\n>",
	"\n>", "``` ", "` ", "\\`", "` `", "```\n", " ```\n", "~~~\n    ~~~\n", "<!--", "<?", "<pre>\n", "<div>\n", "- ", "1. ", "- ```\n", "<b>", "<script>", "javascript:", "](javascript:", "]:javascript:",
	"<a href=javascript:", "<javascript:", "href=&#0000", "\r", "\r\n", "\n", " ", "www.", "http://", "](x)", "][", "\n`", "<a `", "<a title='<a href=\"'href=java\tscript:x=\" ",
}

// TestCleanIsLinear compares a text with one eight times as long. A quadratic scanner would need sixty-four times as long, and
// seconds for the long one: what is done sooner is not measured again.
func TestCleanIsLinear(t *testing.T) {
	const long, short, enough = 200_000, 25_000, 150 * time.Millisecond
	measure := func(s string, markdown bool) time.Duration {
		start := time.Now()
		Clean(s, Active, markdown)
		return time.Since(start)
	}
	var mixed strings.Builder // runs of every length, none with a partner
	for n := 1; mixed.Len() < long; n++ {
		mixed.WriteString(strings.Repeat("`", n) + "x")
	}
	for _, f := range append([]string{mixed.String()}, hostile...) {
		for _, markdown := range []bool{false, true} {
			for _, lead := range []string{"", "<a x="} {
				text := func(n int) string { return lead + strings.Repeat(f, n/len(f)+1)[:n] + "x" }
				var took, before time.Duration
				for range 5 { // a busy machine gets another chance
					if took = measure(text(long), markdown); took < enough {
						break
					}
					if before = measure(text(short), markdown); took < 24*before {
						took = 0
						break
					}
				}
				if took >= enough {
					t.Errorf("%.20q after %q, markdown %v: %v for %d bytes, %v for %d", f, lead, markdown, before, short, took, long)
				}
			}
		}
	}
}
