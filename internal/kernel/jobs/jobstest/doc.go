// Package jobstest (任务测试) is the conformance suite of kernel/jobs. Every database engine must pass Run. The suite
// starts the test binary again as worker processes and kills them, so the TestMain of the binary must call Main.
package jobstest
