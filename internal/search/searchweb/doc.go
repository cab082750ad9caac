// Package searchweb (智能搜索页面) answers the public search page and the public search API.
//
//	GET  /search          results page, works without scripts
//	GET  /api/v1/search   the same as JSON
//
// Both find the released content of all sites of the city. A document on several sites is shown with its address on the
// requested site. The page ignores invalid parameters and names them; the API refuses them.
package searchweb
