// Command bench (性能对比) measures guiyi against its peers on this machine and in the same run:
//
//	build    full build of a site of 20,000 real-shaped pages, and again unchanged,
//	         against Hugo with an equivalent theme (hugo-theme)
//	serve    one 32 KB page from the edge on one core,
//	         against nginx with gzip_static and Caddy's file server
//	search   queries in 100,000 items; from publishing to finding                    alone
//	import   saved pages and JSON lines, 10,000 and 100,000 of them,
//	         against trafilatura's extraction of the same pages
//
// Every figure is the median of several rounds; the competitors take turns inside each round, so that a slow moment
// of the machine hits all of them. The results go to standard output and to DIR/bench.md and DIR/bench.json, with the
// bounds that we set ourselves beside the ratios. docs/bench.md says how to read them.
//
//	make bench                                        everything
//	go run ./test/bench -parts serve,search           some parts
//	go run ./test/bench -pages 2000 -items 5000 -imports 2000,5000 -rounds 1   a look at small sizes
//	go run ./test/bench -quick                        every part at tiny sizes: a test of the benchmark, not of guiyi
//
// It needs Debian's hugo, nginx, caddy, wrk, nghttp2-client and util-linux: as root it installs what is missing,
// otherwise it says what to install. A newer Hugo is built through the Go module proxy, trafilatura installed by pip
// into an environment of its own; both are kept in the user's cache directory and left out if that fails. All
// listeners are on the loopback, on free ports; all processes are its own and end with it.
package main
