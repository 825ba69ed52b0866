package text

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The judge of the properties knows the rule from its words only: it parses with golang.org/x/net/html and shares nothing
// with the code under test but the places of code.

var activeNames = map[string]bool{
	"script": true, "iframe": true, "object": true, "embed": true, "applet": true, "base": true, "meta": true, "link": true, "form": true,
	"style": true, "svg": true, "math": true,
}

var urlNames = map[string]bool{"href": true, "src": true, "action": true, "formaction": true, "xlink:href": true}

// findActive names something active in s, or returns "".
func findActive(s string) string {
	for _, context := range []*html.Node{
		{Type: html.ElementNode, Data: "body", DataAtom: atom.Body},
		{Type: html.ElementNode, Data: "table", DataAtom: atom.Table},
		{Type: html.ElementNode, Data: "select", DataAtom: atom.Select},
	} {
		nodes, err := html.ParseFragment(strings.NewReader(s), context)
		if err != nil {
			continue // nested too deeply; the tokeniser sees it all the same
		}
		for _, n := range nodes {
			for d := range withDescendants(n) {
				if d.Type == html.ElementNode {
					if what := judge(d.Data, d.Attr); what != "" {
						return "parsed: " + what
					}
				}
			}
		}
	}
	// Each '<' once more, as if whatever is in front of it had been closed.
	for rest := s; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i:]
		if what := firstTag(rest); what != "" {
			return what
		}
		for _, end := range []string{">", "x>", "\">", "'>", "x\">", "x'>"} {
			if what := firstTag(rest + end); what != "" && !strings.HasPrefix(what, bareAttribute) {
				return "unterminated: " + what
			}
		}
		rest = rest[1:]
	}
	return findTarget(s)
}

func withDescendants(n *html.Node) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// firstTag judges the tag at the front of s. An end tag is read as a start tag, because the parser forgets the attributes of end tags.
func firstTag(s string) string {
	if rest, ok := strings.CutPrefix(s, "</"); ok && !strings.HasPrefix(rest, "/") {
		s = "<" + rest
	}
	z := html.NewTokenizer(strings.NewReader(s))
	switch z.Next() {
	case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
		t := z.Token()
		return judge(t.Data, t.Attr)
	}
	return ""
}

func judge(name string, attrs []html.Attribute) string {
	if activeNames[name] {
		return "element " + name
	}
	bare := ""
	for _, a := range attrs {
		key := a.Key
		if a.Namespace != "" {
			key = a.Namespace + ":" + key
		}
		if strings.HasPrefix(key, "on") || key == "style" || key == "srcdoc" {
			if a.Val != "" {
				return "attribute " + key
			}
			bare = bareAttribute + key
		}
		if urlNames[key] && isForbidden(a.Val) {
			return "URL " + a.Val
		}
	}
	return bare
}

// bareAttribute begins what judge says of an active attribute without a value.
const bareAttribute = "attribute without value "

// repeatsName reports whether an attribute of interest may occur twice in s. A browser drops the second one, and so does
// the parser here, but Clean looks at it.
func repeatsName(s string) bool {
	s = strings.ToLower(s)
	for _, name := range []string{"on", "style", "srcdoc", "href", "src", "action"} {
		if strings.Count(s, name) > 1 {
			return true
		}
	}
	return false
}

func isForbidden(url string) bool {
	url = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return -1
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, url)
	return strings.HasPrefix(url, "javascript:") || strings.HasPrefix(url, "vbscript:") || strings.HasPrefix(url, "data:text/html")
}

var (
	targets = regexp.MustCompile(`\](?:\(\s*<?|:\s*<)([^()<>"']*)|\]:\s*([^\s<>"']*)[ \t]*(?:$|["'(\r\n])|<([A-Za-z]+:[^\s<]+)`)
	escapes = regexp.MustCompile(`\\([:/])`)
)

func findTarget(s string) string {
	for _, m := range targets.FindAllStringSubmatch(s, -1) {
		for k, url := range m[1:] {
			if k < 2 {
				url = escapes.ReplaceAllString(url, "$1")
			}
			if isForbidden(html.UnescapeString(url)) {
				return "target " + url
			}
		}
	}
	return ""
}

// blankCode replaces what could begin something active inside code.
func blankCode(s string) string {
	code := newCodeScan(s, appendActive(nil, s, true))
	b := []byte(s)
	for i, c := range b {
		if (c == '<' || c == ']') && code.covers(i) {
			b[i] = 'x'
		}
	}
	return string(b)
}
