// Package jobstest (任务测试) is the conformance suite of kernel/jobs: every database
// engine must pass Run. A test binary that calls Run must hand its TestMain to Main,
// because the suite starts the binary again as a worker process and kills it.
package jobstest
