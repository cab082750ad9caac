// Package searchweb (智能搜索页面) answers the public pages of search and the public search API.
//
//	GET  /search          results page, works without scripts
//	GET  /api/v1/search   the same as JSON
//
// Both show what is live on any site of the city, seen from the site that was asked. Parameters that are wrong are left
// out and named on the page, and refused by the API.
package searchweb
