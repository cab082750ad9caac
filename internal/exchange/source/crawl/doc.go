// Package crawl (网站采集) collects pages of other sites: the pages that a site map lists, the entries of a feed, or the
// pages that links lead to. It fetches only from allowed hosts, obeys robots.txt, and limits its rate.
//
// Every request, also one for a redirect, passes the same checks (fetch.go). Package egress checks every connection, so
// that no name and no redirect leads into the own network.
package crawl
