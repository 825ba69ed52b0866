package text

import (
	"strings"
	"testing"
)

func BenchmarkClean(b *testing.B) {
	prose := "The importer drops the last row if it has no line end. See [the log](https://example.org/log?id=1).\n\n"
	for _, c := range []struct{ name, text string }{
		{"title", "Importer drops the last row of a CSV file"},
		{"prose", strings.Repeat(prose, 40)},
		{"tags", strings.Repeat(prose+"Some <b>bold</b> & <i class='x'>more</i>, `List<int>`.\n", 30)},
		{"code", strings.Repeat(prose+"```html\n<script src='x'></script>\n```\n", 30)},
		{"active", strings.Repeat(prose+"<img src=x onerror=alert(1)> [x](javascript:y)\n", 30)},
		{"hostile", strings.Repeat("<a x=\"", 2000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				Clean(c.text, Active, true)
			}
		})
	}
}
