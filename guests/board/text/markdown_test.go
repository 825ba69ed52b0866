package text

import "testing"

func TestCleanLeavesCodeAlone(t *testing.T) {
	same := func(name, s string) cleanCase { return cleanCase{name, s, s} }
	runCases(t, true, []cleanCase{
		same("a code span", "use `<script>` here"),
		same("a span of two back-ticks", "use ``<script> ` <style>`` here"),
		same("several spans in a line", "`<script>` or `<style>` or `[x](javascript:y)`"),
		same("a span in a list item", "- a\n- `<script>`\n  1. `<style>`"),
		same("a span in a block quote", "> `<script>`"),
		same("a span behind a harmless tag", "<b>x</b>"),
		same("a span behind a tag inside the line", "a <b>x</b> `<script>`"),
		same("a span behind a link", "see [x](https://example.org) and `<script>`"),
		same("a span inside a link's text", "[`<script>`](https://example.org)"),
		same("a span in a table cell", "| a | b |\n|---|---|\n| `<script>` | `<style>` |"),
		same("a fence of back-ticks", "```\n<script>\n```"),
		same("a fence with an info string", "```html title\n<script>\n```\n\n`<style>`"),
		same("a fence of tildes", "~~~ `x`\n<script>\n~~~"),
		same("a longer closing fence", "```\n<script>\n`````\n`<style>`"),
		same("a shorter fence inside", "````\n```\n<script>\n```\n````"),
		same("another fence inside", "```\n~~~\n<script>\n~~~\n```"),
		same("a fence that never closes", "text\n```\n<script>\n"+"</script>"),
		same("an indented closing fence", "```\n<script>\n   ```\n`<style>`"),
		same("a fence with DOS line ends", "```\r\n<script>\r\n```\r\n`<style>`"),
		same("a fence in a list item", "1. a\n   ```\n   <script>\n\n   ```\n2. b\n   ~~~\n   <style>\n   ~~~"),
		same("a fence behind a paragraph with an odd back-tick", "it`s\n```\n<script>\n```"),
		same("a span in the paragraph after an odd back-tick", "it`s\n\n`<script>`"),
		same("a span behind a closed comment block", "<!-- x -->\n\n`<script>`"),
		same("a fence right behind a comment", "<!-- x -->\n```\n<script>\n```"),
		same("a fence behind an HTML block", "<div>\n\n```\n<script>\n```"),
		same("a span behind an escaped backslash", "\\\\`<script>`"),
		same("a span right behind a neutralised tag", "&lt;script> `<script>`"),
	})
}

func TestCleanMistrustsWhatMayNotBeCode(t *testing.T) {
	runCases(t, true, []cleanCase{
		{"text between spans is no code", "`a` <script> `b`", "`a` &lt;script> `b`"},
		{"a neutralised tag is text and swallows nothing", "<script title='`'> `<style>", "&lt;script title='`'> `&lt;style>"},
		{"code goes on right behind a neutralised tag", "<script>`<style>`", "&lt;script>`<style>`"},
		{"an unmatched back-tick opens nothing", "` <script>", "` &lt;script>"},
		{"runs of unequal length do not match", "`` <script> `", "`` &lt;script> `"},
		{"an escaped back-tick opens nothing", "\\`<script>`", "\\`&lt;script>`"},
		{"a span over two lines shifts the next one", "foo ` bar\n` <script> `", "foo ` bar\n` &lt;script> `"},
		{"a span over two lines is no exception", "` <script>\n`", "` &lt;script>\n`"},
		{"a table row is split inside a span", "a | b\n-|-\n` a | ` b ` <script> `", "a | b\n-|-\n` a | ` b ` &lt;script> `"},
		{"a tag swallows a back-tick", "x <b title='`'> <script> `", "x <b title='`'> &lt;script> `"},
		{"a tag that only HTML accepts swallows nothing", "x <a title=`>` <script>alert(1)</script> `", "x <a title=`>` &lt;script>alert(1)&lt;/script> `"},
		{"a tag over two lines swallows a back-tick", "x <b\ntitle='`'> <script> `", "x <b\ntitle='`'> &lt;script> `"},
		{"a comment swallows a back-tick", "x <!-- ` --> <script> `", "x <!-- ` --> &lt;script> `"},
		{"an instruction swallows a back-tick", "x <? ` ?> <script> `", "x <? ` ?> &lt;script> `"},
		{"an autolink swallows a back-tick", "x <http://a`> <script> `", "x <http://a`> &lt;script> `"},
		{"an autolink has no quotes", `x <http://a"b> ` + "` <script> \"`", `x <http://a"b> ` + "` &lt;script> \"`"},
		{"a bare URL swallows a back-tick", "http://a` <script> `", "http://a` &lt;script> `"},
		{"a bare name swallows a back-tick", "Www.a` <script> `", "Www.a` &lt;script> `"},
		{"a bare URL goes on behind a bracket", "x <a http://b>` <script> `", "x <a http://b>` &lt;script> `"},
		{"a target swallows a back-tick", "[a](`) <script> `", "[a](`) &lt;script> `"},
		{"a title swallows a back-tick", "[a](b 'c)`') <script> `", "[a](b 'c)`') &lt;script> `"},
		{"a target over two lines swallows a back-tick", "[a](\n`) <script> `", "[a](\n`) &lt;script> `"},
		{"a label swallows a back-tick", "[a][`] <script> `", "[a][`] &lt;script> `"},
		{"an HTML block has no spans", "<div>\n`<script>`", "<div>\n`&lt;script>`"},
		{"an HTML block in a list has no spans", "- <div>\n  `<script>`", "- <div>\n  `&lt;script>`"},
		{"an HTML block in a quote has no spans", "> 1) <div>\n> `<script>`", "> 1) <div>\n> `&lt;script>`"},
		{"a comment goes on behind blank lines", "<!--\n\n`<script>`\n-->\n\n`<style>`", "<!--\n\n`&lt;script>`\n-->\n\n`<style>`"},
		{"preformatted text goes on behind blank lines", "<pre>\n\n`<script>`\n</PRE>\n\n`<style>`", "<pre>\n\n`&lt;script>`\n</PRE>\n\n`<style>`"},
		{"an HTML block has no fences", "<div>\n```\n<script>\n```", "<div>\n```\n&lt;script>\n```"},
		{"a fence that a quoted block may hide ends the search", "> <div>\n```\n\n```\n<script>\n```", "> <div>\n```\n\n```\n&lt;script>\n```"},
		{"a block behind an open tag goes on behind blank lines", "<a\n<pre>\n\n```\n<script>", "<a\n<pre>\n\n```\n&lt;script>"},
		{
			"a block inside a quoted block ends the search",
			"> <!--\n\n<pre>\n-->\n\n```\n<script>", "> <!--\n\n<pre>\n-->\n\n```\n&lt;script>",
		},
		{
			"a block may go on behind the end of another",
			"> <!--\n\n<div>\n-->\n```\n<script>", "> <!--\n\n<div>\n-->\n```\n&lt;script>",
		},
		{"a definition may swallow a fence", "[a]:\n~~~\n<script>", "[a]:\n~~~\n&lt;script>"},
		{"a fence may be the head of a table", "```|a\n-|-\n<script>", "```|a\n-|-\n&lt;script>"},
		{"an instruction may not end where it begins", "<?>\n```\n<script>", "<?>\n```\n&lt;script>"},
		{"an instruction goes on to its end", "<?x\n\n```\n?>\n```\n<script>", "<?x\n\n```\n?>\n```\n&lt;script>"},
		{"a declaration goes on to its end", "<!X\n\n`<script>`\n>", "<!X\n\n`&lt;script>`\n>"},
		{"a CDATA section goes on to its end", "<![CDATA[\n\n`<script>`\n]]>", "<![CDATA[\n\n`&lt;script>`\n]]>"},
		{"a footnote may hold an HTML block", "[^1]: <pre>\n\n`<script>`", "[^1]: <pre>\n\n`&lt;script>`"},
		{"an indented fence opens what the next one closes", "x\n ```\n```\n<script>\n```", "x\n ```\n```\n&lt;script>\n```"},
		{
			"a fence deep in a list is closed by a less indented one",
			"1. a\n     ```\n   ```\n   <script>\n   ```", "1. a\n     ```\n   ```\n   &lt;script>\n   ```",
		},
		{
			"a fence behind a list marker is closed by an indented one",
			"- ```\n  ```\n  <script>\n  ```", "- ```\n  ```\n  &lt;script>\n  ```",
		},
		{
			"a closing fence too deep for some readers ends the search",
			"- a\n  ```\n      ```\n  <script>\n  ```", "- a\n  ```\n      ```\n  &lt;script>\n  ```",
		},
		{
			"a line that leaves the list item ends the search",
			"- a\n  ```\nb\n  ```\n  <script>\n  ```", "- a\n  ```\nb\n  ```\n  &lt;script>\n  ```",
		},
		{"an indented fence that never closes is no fence", "a\n  ```\n  <script>", "a\n  ```\n  &lt;script>"},
		{"two back-ticks are no fence", "``\n<script>\n``", "``\n&lt;script>\n``"},
		{"back-ticks in the info string make no fence", "``` a`b\n<script>\n```", "``` a`b\n&lt;script>\n```"},
		{"a fence is not closed by the other kind", "```\n~~~\n```\n<script>\n~~~", "```\n~~~\n```\n&lt;script>\n~~~"},
		{"a closing fence has no info string", "```\n``` x\n```\n<script>", "```\n``` x\n```\n&lt;script>"},
		{"a lone carriage return ends a line for some", "`a`\r`<script>`", "`a`\r`&lt;script>`"},
		{"a lone carriage return may begin a fence", "```\n<script>\n```\rx", "```\n&lt;script>\n```\rx"},
		{"indented code is not recognised", "a\n\n    <script>", "a\n\n    &lt;script>"},
	})
}

func TestCleanKnowsWhatRenderersDo(t *testing.T) {
	runCases(t, true, []cleanCase{
		{"a block quote marker does not end a tag", "> <img src=x\n> onerror=alert(1)>", "> &lt;img src=x\n> onerror=alert(1)>"},
		{"a nested marker does not end a tag", "> > <img src=x\n> > onerror=alert(1)>", "> > &lt;img src=x\n> > onerror=alert(1)>"},
		{"a marker may stand before a value", "> <a href=\n> javascript:x>", "> <a href=\n> unsafe:x>"},
		{"a marker may stand before a target", "> [a](\n> javascript:x)", "> [a](\n> unsafe:x)"},
		{"a quoted value ends with the line", "<div title=\"\n\n[x](onclick=alert(1)//)", "&lt;div title=\"\n\n[x](onclick=alert(1)//)"},
		{"a single quoted value ends with the line", "<div title='\n\nx' y", "&lt;div title='\n\nx' y"},
		{"a bracket in the middle of a line ends a tag", "<b\nx> on=1", "<b\nx> on=1"},
		{"references in a target are decoded", "[a](java&#115;cript:x)", "[a](unsafe:x)"},
		{"references in a definition are decoded", "[a]: java&#115;cript:x", "[a]: unsafe:x"},
		{"a target before a span", "[a](javascript:`x`)", "[a](unsafe:`x`)"},
		{"an open tag reads on through code", "a <b\n\n`x onclick=1`", "a &lt;b\n\n`x onclick=1`"},
		{"a URL in code that an open tag reaches", "a <b\n\n`x href=javascript:1`>", "a <b\n\n`x href=unsafe:1`>"},
	})
}
