// Package searchweb (智能搜索页面) answers the public search page and the public search API.
//
//	GET  /search          results page, works without scripts
//	GET  /api/v1/search   the same as JSON
//
// Both find the released content of all sites of the city. Links start from the requested site. The page ignores
// invalid parameters and names them; the API refuses them.
package searchweb
