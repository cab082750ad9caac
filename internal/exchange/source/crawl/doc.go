// Package crawl (网站采集) collects pages from other sites: what a site map or feed lists, or
// what links lead to, on allowed hosts, obeying robots.txt, at a pace.
//
// Every request passes one gate (fetch.go), redirects included, and every connection is
// checked where it is made (guard.go): no name and no redirect leads into the own network.
package crawl
