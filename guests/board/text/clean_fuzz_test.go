package text

import (
	"strings"
	"testing"
)

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"a < b && c > d", "List<int>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)", "<a href='java&#115;cript:x'>y</a>", "[x](javascript:y)", "[x]: <data:text/html,y>",
		"`<script>` <script> `", "```\n<script>\n```\n<script>", "1. a\n   ~~~\n   <svg>\n   ~~~", "> <img src=x\n> onerror=1>", "<div title=\"\n\n[x](onclick=1)",
		"<a t='<b a=x'href=\"java\tscript:c='y onclick=1'\">", "<!--\n```\n-->\n```\n<style>", "a | b\n-|-\n` a | ` b ` <script> `", "http://a` <script> `",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, markdown bool) { checkText(t, s, markdown) })
}

// FuzzFragments builds its text from fragments, one for each byte, and so gets deeper than bytes at random.
func FuzzFragments(f *testing.F) {
	f.Add([]byte("\x00\x05\x02"), true)
	f.Fuzz(func(t *testing.T, picks []byte, markdown bool) {
		var s strings.Builder
		for _, p := range picks[:min(len(picks), 60)] {
			s.WriteString(nasty[int(p)%len(nasty)])
		}
		checkText(t, s.String(), markdown)
	})
}
