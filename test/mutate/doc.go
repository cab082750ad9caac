// Command mutate (变异检验) proves that tests guard the lines that must not break: loss of data, isolation of owners,
// signatures, clocks, redirects. Each guard of guards.yaml names a line, what to put in its place, and the tests that
// must then fail.
//
//	make mutate                          all guards, about ten minutes
//	go run ./test/mutate -only isolation one kind
//	go run ./test/mutate -only manifest  or those whose name or file has the word
//
// The line is replaced in an overlay of the build, never in the tree, so that several run at once and nothing has to be
// put back. A guard whose tests stay green ends the command with status 1; so does a mutation that does not compile,
// since it proves nothing. The table itself is held by a test: every line is there, once.
package main
