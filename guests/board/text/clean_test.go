package text

import (
	"strings"
	"testing"
)

type cleanCase struct{ name, in, want string }

func runCases(t *testing.T, markdown bool, cases []cleanCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Clean(c.in, Active, markdown)
			if got != c.want {
				t.Fatalf("Clean(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
			if again := Clean(got, Active, markdown); again != got {
				t.Fatalf("Clean(%q) is not stable: %q", got, again)
			}
		})
	}
}

func TestCleanLeavesHarmlessTextAlone(t *testing.T) {
	for _, s := range []string{
		"a < b && c > d", "List<int>", "<b>bold</b>", `"double" and 'single'`, "`back-ticks` and ```three```", "🚀 fine 👩‍👩‍👧 é",
		"Map<String, List<int>>", "x <3 y", "a <-- b", "<!-- remark -->", "<!DOCTYPE html>", "a </ b", "<>", "<", "</", "&lt;script&gt;",
		"<scripts>", "<script-x>", "<myscript>", "<linked>", "<formula>", "<b class=on>", "<b data-on=1>", "<b title='onclick=1'>",
		`<a href="https://example.org/?a=1&b=2">x</a>`, "<a href=/javascript:>", "<img src=data:image/png;base64,AA==>", "[x](https://example.org)",
		"javascript: the good parts", "see javascript:void(0)", "data:text/html is a URL", "href=javascript:x", "onclick=alert(1)",
		"[ui]: javascript: too slow", "if a <b only then", "a <b style guide", "[x](javascripts:y)", "<a href=javascript>", "C:\\dir\\new",
		"line one\nline two\r\nline three", "\x00\x01\xff\xfe", "<a title=\"javascript:1\">", "</b>", "<br/>", "a<b>c</b>\n<i>d</i>", "unsafe:x",
		"<a\u00a0onclick=x>", "<\u017fcript>", "<form=1>", "<javascript:", "<java\x01script:x>", "<javascript&colon;x>", "<javascript:<b>", "<javascript: the good parts>",
	} {
		for _, markdown := range []bool{false, true} {
			if got := Clean(" \t\n\u00a0\u3000"+s+"\u2028\v ", Active, markdown); got != s {
				t.Errorf("Clean(%q, markdown %v) = %q", s, markdown, got)
			}
		}
	}
}

func TestCleanNeutralisesActiveElements(t *testing.T) {
	for _, name := range []string{
		"script", "iframe", "object", "embed", "applet", "base", "meta", "link", "form", "style", "svg", "math",
	} {
		for _, form := range []string{
			"<#>", "</#>", "<#/>", "<# a=b>", "</# a=b>", "<#\n>", "<#\t>", "<#\f>", "<#\r>", "<#/x>", "<#", "</#", "<# ", "x<#>y", "<<#>", "<b<#>",
			"<b title='<#>'>", "<!--<#>-->", "<title><#></title>", "<b <#>",
		} {
			for _, n := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				in := strings.ReplaceAll(form, "#", n)
				at := strings.Index(in, n) - 1
				if in[at] == '/' {
					at--
				}
				want := strings.TrimSpace(in[:at] + "&lt;" + in[at+1:])
				if got := Clean(in, Active, false); got != want {
					t.Errorf("Clean(%q) = %q, want %q", in, got, want)
				}
			}
		}
	}
}

func TestCleanNeutralisesActiveAttributes(t *testing.T) {
	for _, name := range []string{"onclick", "ONLOAD", "onerror", "on", "onwhatever", "style", "Style", "srcdoc"} {
		for _, form := range []string{
			"<img #=x>", "<img\n#=x>", "<img/#=x>", "<img a #>", "<img a=b #=x>", "<img a='b'#=x>", `<img a="b"#=x>`, "<img a=>#", "<img a = 'b' # = x>",
			"<img / #=x>", "<img a=b/c #=x>", "<img a/#=x>", "<img\f#\t=\nx>", "<img #/>", "</img #=x>", "<img #=x", "<img # = 'x", "<img '#=x #>", "<img a== #=x>",
			"<img ='#' #>", "<custom-element #=x>", "<x:y #=x>", "<img a='>' #=x>", "<img a=\"'\" #=x>",
		} {
			in := strings.ReplaceAll(form, "#", name)
			want := "&lt;" + in[1:]
			if form == "<img a=>#" {
				want = in // it stands behind the tag
			}
			if got := Clean(in, Active, false); got != want {
				t.Errorf("Clean(%q) = %q, want %q", in, got, want)
			}
		}
	}
}

func TestCleanReplacesForbiddenSchemes(t *testing.T) {
	schemes := []string{
		"javascript:", "JaVaScRiPt:", "vbscript:", "java\x01script:", "\x00javascript:", "javascript&colon;", "javascript&#58;", "javascript&#58", "javascript&#x3A;",
		"javascript&#0000000000058;", "&#106;avascript:", "&#106avascript:", "&#x6A;avascript:", "&#X6a;avascript:", "java&#115;cript:",
		"java&Tab;script:", "java&NewLine;script:", "&#10;javascript:", "java&#xD;script:", "java&#0009script:", "java&nbsp;script:", "&emsp;javascript:", "java\u00a0script:",
		"java\u2003script:", "java\u0085script:", "&#1;javascript:",
	}
	values := map[string][]string{}
	for _, s := range schemes {
		values[s] = []string{"alert(1)", ""}
	}
	for _, s := range []string{"data:", "DATA:", "data&colon;", "d&#97;ta:"} {
		values[s] = []string{"text/html,x", "TEXT/HTML;base64,AA", "text&sol;html,x", "t&#101xt/html", "text&#x2f;html", "&Tab;text/html"}
	}
	for scheme, rests := range values {
		lead := len(scheme) - len(strings.TrimLeft(scheme, "\x00"))
		for _, skip := range []string{"&#10;", "&emsp;", "&#1;"} {
			if strings.HasPrefix(scheme, skip) {
				lead = len(skip)
			}
		}
		for _, rest := range rests {
			for _, form := range []string{
				"<a href=#>", `<a href="#">`, "<a href='#'>", "<A HREF = '#'>", "<img src=#>", "<b action=#>", "<button formaction=#>", "<x xlink:href=#>",
				"<a\thref\n=\n#>", "<a href='#'", "<a href=#", "<a href='  #'>", "<a x=y href=#>", "<a x='y'href=#>", "<a/href=#>", "</a href=#>",
				"<a href=x href=#>", "<b title='<a href=#>'>", "[x](#)", "![x](#)", "[x]( #)", "[x](\n#)", "[x](<#>)", "[x]( < #>)", "[x]: #", "[x]:\n#", "[x]: <#>",
				"[x]: # 'title'", "](#",
			} {
				in := strings.ReplaceAll(form, "#", scheme+rest)
				want := strings.ReplaceAll(form, "#", scheme[:lead]+"unsafe:"+rest)
				if got := Clean(in, Active, false); got != want {
					t.Errorf("Clean(%q) = %q, want %q", in, got, want)
				}
			}
		}
	}
}

func TestCleanFindsSchemesInTheirContext(t *testing.T) {
	runCases(t, false, []cleanCase{
		{"white space inside a quoted value is removed", "<a href='java\n script:x'>", "<a href='unsafe:x'>"},
		{"white space ends an unquoted value", "<a href=java script:x>", "<a href=java script:x>"},
		{"white space inside a target is removed", "[x](java script:y)", "[x](unsafe:y)"},
		{"a backslash escapes punctuation in a target", `[x](javascript\:y)`, `[x](unsafe:y)`},
		{"a backslash escapes punctuation in a media type", `[x](data:text\/html,y)`, `[x](unsafe:text\/html,y)`},
		{"a backslash means nothing in an attribute", `<a href="javascript\:y">`, `<a href="javascript\:y">`},
		{"an autolink is a target", "<javascript:alert(1)>", "<unsafe:alert(1)>"},
		{"an autolink to a document is a target", "<data:text/html,x>", "<unsafe:text/html,x>"},
		{"an image in a link has two targets", "[![a](javascript:b)](javascript:c)", "[![a](unsafe:b)](unsafe:c)"},
		{"a target inside a value is replaced once", "<a href='](javascript:x)'>", "<a href='](unsafe:x)'>"},
		{"a long entity does not overflow", "<a href='&#99999999999999999999106;javascript:'>", "<a href='&#99999999999999999999106;javascript:'>"},
		{"a null reference is no letter and is not removed", "<a href='java&#0;script:'>", "<a href='java&#0;script:'>"},
		{"references are decoded once", "<a href='&amp;#106;avascript:'>", "<a href='&amp;#106;avascript:'>"},
		{"an autolink need not be finished", "<![CDATA[<vbscript:[", "<![CDATA[<unsafe:["},
		{"a value need not be finished", "<a href=\"vbscript:", "<a href=\"unsafe:"},
		{"a null byte is removed", "<a href=\"\x00vbscript:[[", "<a href=\"\x00unsafe:[["},
		{"an empty value is a value", "<A on=\"", "&lt;A on=\""},
		{"an end tag has attributes too", "</java</onclick<b>[", "&lt;/java</onclick<b>["},
		{"other data is let through", "<img src='data:image/svg+xml,x'>", "<img src='data:image/svg+xml,x'>"},
		{"an active tag loses its bracket only", "<a href=javascript:x onclick=y>", "&lt;a href=javascript:x onclick=y>"},
		{"every tag of a crowd is looked at", "<a <b <i onx=1 href=javascript:y>", "&lt;a &lt;b &lt;i onx=1 href=javascript:y>"},
		{"code is no exception in a title", "`<script>`", "`&lt;script>`"},
		{"a title has no block quotes", "<b\n> on=1", "<b\n> on=1"},
		{"a quoted value may span lines in a title", "<b title='x\ny'>", "<b title='x\ny'>"},
		{
			"what a replacement uncovers is found by the next pass",
			"<a t='<b a=x'href=\"java\tscript:c='y onclick=1'\">", "<a t='&lt;b a=x'href=\"unsafe:c='y onclick=1'\">",
		},
	})
}

func TestModes(t *testing.T) {
	const in = "\t <script> & \"a\" 'b' > \u2003"
	for _, c := range []struct {
		word string
		mode Mode
		want string
	}{
		{"active", Active, "&lt;script> & \"a\" 'b' >"},
		{"trim", Trim, "<script> & \"a\" 'b' >"},
		{"escape", Escape, "&lt;script&gt; &amp; &quot;a&quot; &#39;b&#39; &gt;"},
	} {
		mode, ok := ParseMode(c.word)
		if !ok || mode != c.mode || mode.String() != c.word {
			t.Errorf("ParseMode(%q) = %v, %v", c.word, mode, ok)
		}
		for _, markdown := range []bool{false, true} {
			if got := Clean(in, mode, markdown); got != c.want {
				t.Errorf("%s: got %q, want %q", c.word, got, c.want)
			}
		}
	}
	for _, word := range []string{"", "Active", "off", "unknown", "trim "} {
		if _, ok := ParseMode(word); ok {
			t.Errorf("ParseMode(%q) succeeded", word)
		}
	}
	if got := Mode(9).String(); got != "unknown" {
		t.Errorf("Mode(9) is %q", got)
	}
	if got := Clean("a b", Escape, false); got != "a b" {
		t.Errorf("escaping nothing gave %q", got)
	}
}

func TestLengthCountsCodePoints(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 2, "👩‍👩‍👧": 5, "\xff\xfe": 2, "a\x00": 2} {
		if got := Length(s); got != want {
			t.Errorf("Length(%q) = %d, want %d", s, got, want)
		}
	}
}
