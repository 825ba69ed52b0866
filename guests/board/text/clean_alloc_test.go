//go:build !race

package text

import (
	"strings"
	"testing"
	"unsafe"
)

func TestCleanOfUnchangedTextDoesNotAllocate(t *testing.T) {
	for name, s := range map[string]string{
		"plain":    strings.Repeat("A title with 'quotes' & a few < signs > here. ", 20),
		"tags":     "  List<int> <b>bold</b> <a href='https://example.org' title=\"x\">y</a> [z](https://example.org)\n",
		"markdown": "# Title\n\n- `<script>`\n- [x](y)\n\n```html\n<script>\n<a href='javascript:x'>\n```\n\n> <b>quoted</b>\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := Clean(s, Active, true)
			if want := strings.TrimSpace(s); got != want || unsafe.StringData(got) != unsafe.StringData(want) {
				t.Fatalf("Clean gave a copy: %q", got)
			}
			if n := testing.AllocsPerRun(100, func() { Clean(s, Active, true) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}
