// Command slow (测试耗时) runs Go tests and says where their time went: of each package wall time and the processor time
// of the test with all processes that it started, the slowest tests, and what is above the budget of CONTRIBUTING.md.
//
//	make test-times                           all packages, on both engines
//	go run ./test/slow ./internal/publish/... some of them; what follows is given to go test
//
// Processor time is what counts: wall time says how busy the machine was. The database server's own is not in it. What
// is above its budget, or fails, ends the command with status 1.
package main
