// Package text prepares what people write (titles, names, goals, descriptions, comments) for storage.
//
// # The rule
//
// Clean trims white space and then, in mode Active, neutralises HTML that a browser would execute or load if the text
// were put into a page unescaped. Nothing else changes, byte for byte: `a < b && c > d`, `List<int>` and `<b>bold</b>`
// stay as they were written. Active are
//
//   - the elements script, iframe, object, embed, applet, base, meta, link, form, style, svg and math: start and end
//     tags, in any case, with or without attributes;
//   - any other tag that has an attribute whose name begins with "on", or a style or srcdoc attribute;
//   - a javascript:, vbscript: or data:text/html URL in href, src, action, formaction or xlink:href, or as the target
//     of a markdown link, image, reference definition or autolink. It is recognised after character references are
//     decoded and white space and control characters are removed.
//
// An active tag loses its '<' to "&lt;"; the scheme of a forbidden URL is replaced by "unsafe:". In markdown text, code
// spans and fenced code blocks are left alone.
//
// # How tags are found
//
// No HTML parser runs here, because a parser must know in which state it is (comment, raw text, attribute value) and
// an attacker's trade is to make two parsers disagree about that. Instead every '<' that is followed by a letter, or by
// '/' and a letter, is taken for a tag wherever it stands. From there on the tokeniser of HTML does not depend on what
// came before, so whatever a browser believes to be a tag is among the tags looked at (tag.go).
//
// Following each '<' on its own would cost quadratic time. Two passes over the tokeniser's states avoid that. The first
// runs backwards and knows for each state whether a tag that is in it here will meet an active attribute (active.go);
// the second runs forwards with the set of states that the tags to its left are in now, and finds URLs (pass.go). Both
// are linear and keep a few machine words. Text without '<' and ']' costs one scan, and unchanged text is returned as a
// substring of the argument, without allocation.
//
// A tag that has no '>' before the end of the text is judged too, since the text may be joined to other text. There an
// active attribute counts only if it has a value: `if a <b only then` is prose.
//
// # Markdown
//
// A renderer of markdown changes what the browser gets, so two more rules hold in markdown text. A '>' in front of a
// continuation line may be a block quote marker that the renderer removes, hence it may or may not end a tag; both are
// considered. And a quoted attribute value that runs over the end of a line makes its tag active: the lines that follow
// may be rendered as something else, and a quote added by the renderer would end the value at a place of the writer's
// choice.
//
// Code is recognised by CommonMark's rules, but only where every reading of the text agrees (code.go, span.go). A
// span must open and close on one line, and its content has no '|', because a table row would be split there. A fence
// has no indentation, or up to three spaces and no line with less before it closes, as in a list item. Whatever cannot
// be placed with certainty, such as an unmatched back-tick, a link target with back-ticks in it or a fence inside an
// HTML block, ends the exemption until the next blank line or for the rest of the text. The cost of a wrong guess is a
// visible "&lt;script" in a code sample; the cost of the opposite guess would be a script that runs.
//
// # Guarantees
//
//   - Clean(Clean(s)) == Clean(s) in modes Active and Trim.
//   - Text without active HTML is only trimmed.
//   - The result, outside of code, has no active element, attribute or URL for a tokeniser that follows the HTML
//     standard.
//   - Time grows linearly with the length of the text; a text gets at most maxPasses passes.
//
// # What is not promised
//
//   - This is a second line of defence. A page must still escape text, or sanitise the HTML made from it.
//   - Only the list above is active. Images, video and ordinary links still load and lead where they say; CSS classes,
//     ids and names may clash with those of the page; <b> may be left open.
//   - Text that is put inside a tag, an attribute, a script or a style sheet needs that place's own escaping.
//   - Several texts joined without anything between them can form a tag that none of them contains.
//   - Markdown is CommonMark with GFM's tables and bare URLs. Dialects with attribute lists or macros, or with rules of
//     their own for HTML, are not known here.
//   - Code indented by four or more, in a block quote's fence or deep in a list, is not recognised as code.
//   - Text that looks like a tag is treated as one: `a <b and c on d>` loses its '<'.
package text
