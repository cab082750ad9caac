// Package extract (网页抽取) finds the article in a saved page: title, time, source, body, attachments and the head table
// of an official document.
//
//	text → [htmlclean.Parse] → page (meta tags, lines in reading order) → body → title → byline → 公文 fields → kind
//
// Rules find each field in a fixed order: national meta tags (网页标签规范), Open Graph and JSON-LD, containers of known
// site systems, and finally the weight of the text. When a tag contradicts the visible page, Result.Warnings says so.
// Result.Evidence names the rule that found a field. Result.Kind separates articles from lists, home pages, error pages
// and empty templates.
//
// The package is pure: it only reads text and returns structs. Package charset decodes the bytes before.
package extract
