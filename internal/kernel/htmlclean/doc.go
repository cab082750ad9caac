// Package htmlclean (正文规范化) turns the body of any page into the small, valid HTML that the library stores.
//
//	bytes → [Parse] (bounded tree) → blocks and runs (own model) → canonical HTML
//
// The output is built from a model of blocks (paragraph, heading, list, table, figure, quote, rule, media) with runs
// of marked text. No markup of the input is copied. So the output contains only
//
//	p h2 h3 h4 ul ol li table caption thead tbody tr th td figure figcaption blockquote hr video audio
//	a img br strong em u s sub sup span         attributes: href src alt class(align-center|align-right)
//	                                        scope colspan rowspan controls poster
//	                                        type start reversed value (numbers of lists), id of span (only places that
//	                                        links of the text lead to, prefixed "zw-")
//
// and nesting is right by construction. Word, WPS and CMS debris, scripts, styles, ids and dangerous schemes cannot
// get into it. Cleaning the result again changes nothing. Time and memory are bounded by the limits in [Parse].
//
// The package is pure: text in, structs out. Addresses are resolved, never fetched.
package htmlclean
