// Command life replays a day of a city against a running platform, compressed (24 hours in 10 minutes by
// default), and measures whether anything grows that should not: memory, goroutines, open files, disk.
//
//	go run ./test/life -binary bin/guiyi                 ten minutes
//	go run ./test/life -binary bin/guiyi -duration 30s   a short one, as the test beside this file
//
// The day is planned from a seed (plan.go): readers follow a curve with a peak in the morning and the same in
// the afternoon, editors work between, crawls run at their hours, two sites are rolled back and resumed, an
// edge in a process of its own is restarted. Rates and numbers are bounded and it stops by itself.
//
// Two windows of equal load are compared, morning and afternoon (trend.go). At the end everything is checked:
// verify and ledger verify, no 5xx, every published item reachable and findable, every withdrawn one gone.
package main
