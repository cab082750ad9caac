// Package egress (外呼防护) makes requests to outside addresses that come from people or from pages, such as those of a
// crawl. No name, redirect or DNS rebinding leads them into the internal network.
//
// The address is checked when the connection is made, after the name was resolved, so every request and every redirect
// passes. Proxies of the environment are not used: a proxy would resolve the name by itself.
//
// Neighbours: imports fault; used by exchange/source/crawl.
package egress
