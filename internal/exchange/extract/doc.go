// Package extract (网页抽取) finds the article in a saved page: title, time, source, body, attachments and the head table
// of an official document.
//
//	text → [htmlclean.Parse] → page (meta tags, lines in reading order) → body → title → byline → 公文 fields → kind
//
// Each field is looked for by rules in a fixed order: national meta tags (网页标签规范), Open Graph and JSON-LD, containers
// of known site systems, and last the weight of the text itself; the page as a reader sees it must not contradict.
// Result.Evidence names the rule that won. Result.Kind distinguishes articles from lists, home pages, error pages and
// empty templates.
//
// The package is pure: text in, structs out. Bytes are decoded by charset before.
package extract
