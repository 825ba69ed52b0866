package text

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var nasty = []string{
	"<", "</", ">", "/", "scr", "ipt", "script", "SVG", "a", "b", "img", "div", "pre", "on", "onclick", "style", "srcdoc", "href", "src", "=", "\"", "'", "`", "``", "```",
	"````", "~~~", "\n", "\n\n", "\r\n", "\r", " ", "  ", "    ", "\t", "\f", "\v", "|", "\\", "&", "&lt;", "&#", "&#106;", "&#x3a", "&colon;", "&Tab;", ";", "](", "]:", "[", "]", "(", ")",
	"![", "javascript:", "java", "script:", "vbscript:", "data:", "text/html", ":", "<!--", "-->", "<?", "?>", "<![CDATA[", "]]>", "<!", "\x00", "\x01", "\u00a0", "\u2028", "é", "🚀", "\xff",
	"> ", ">", "- ", "1. ", "# ", "title", "http://", "www.", "xlink:href", "formaction", "textarea", "</pre>", "<title>", "<select>", "<table>", "<plaintext>", "<b>", "<a href=\"", "<img ", "unsafe:", "x",
}

func nastyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(nasty), 0, 40).Draw(t, "parts"), "")
	})
}

// checkText holds what must be true of any text.
func checkText(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string, markdown bool,
) {
	t.Helper()
	got := Clean(s, Active, markdown)
	if again := Clean(got, Active, markdown); again != got {
		t.Fatalf("not idempotent (markdown %v): %q\n first %q\nsecond %q", markdown, s, got, again)
	}
	shown := got
	if markdown {
		shown = blankCode(got)
	}
	if what := findActive(shown); what != "" {
		t.Fatalf("active (markdown %v): %q gave %q with %s", markdown, s, got, what)
	}
	// The parser replaces a null byte in a value, the rule removes it.
	plain := strings.ReplaceAll(strings.TrimSpace(s), "\x00", "")
	if !markdown && got != strings.TrimSpace(s) && !strings.Contains(s, "]") && !repeatsName(s) && findActive(plain) == "" {
		t.Fatalf("%q was harmless and became %q", s, got)
	}
	if last := pass(strings.TrimSpace(s), markdown, true); Clean(last, Active, markdown) != last {
		t.Fatalf("the last resort is not stable: %q gave %q", s, last)
	}
	if trimmed := Clean(s, Trim, markdown); trimmed != strings.TrimSpace(s) || Clean(trimmed, Trim, markdown) != trimmed {
		t.Fatalf("%q trimmed to %q", s, trimmed)
	}
	if e := Clean(s, Escape, markdown); strings.ContainsAny(e, `<>"'`) {
		t.Fatalf("%q escaped to %q", s, e)
	}
}

func TestCleanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkText(t, nastyText().Draw(t, "text"), rapid.Bool().Draw(t, "markdown"))
	})
}

func TestCleanPropertiesOfArbitraryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkText(t, rapid.String().Draw(t, "text"), rapid.Bool().Draw(t, "markdown"))
	})
}

func TestCleanKeepsHarmlessText(t *testing.T) {
	harmless := rapid.SampledFrom([]string{
		"a < b", " && ", "List<int>", "<b>", "</b>", "\"", "'", "`", "```\n", "\n", "\n\n", "> ", "- ", "[x](https://example.org/?q=1)", "<a href='https://x'>", "<br/>", "🚀", "é", "one",
		" on ", "style", "javascript", "data:", "5 > 3", "|", "\\", "&lt;", "&amp;", "<!-- x -->", "<i class=\"on\">", "- [ ] ", "C++ <vector>", "{}", "$x", "# ",
	})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(harmless, 0, 30).Draw(t, "parts"), "")
		for _, markdown := range []bool{false, true} {
			if got := Clean(s, Active, markdown); got != strings.TrimSpace(s) {
				t.Fatalf("markdown %v: %q became %q", markdown, s, got)
			}
		}
	})
}
