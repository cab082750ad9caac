// Package accesslog (访问日志) keeps a line for every request of the public, as 《网络安全法》 asks for: who, when, what,
// with which answer. Personal values of addresses are masked before they are written.
//
//	Add ──► buffer in memory ──(twice a second)──► access.log ──(new day, or full)──► access-20261129-001.log.gz
//
// Add never waits for the disk. While the disk cannot be written the buffer keeps what it has; what does not fit any
// more is counted, as a metric and by a line in the log itself. A process that is killed loses half a second at most.
//
// # Forms
//
// Combined is the form of nginx and Apache, which GoAccess and AWStats read, with three more fields at the end:
//
//	client - site [time] "method target protocol" status bytes "referrer" "agent" "host" seconds request-id
//
// JSON has one object a line. Lines of the log about itself begin with "#", or have only "time", "lost" and "cause".
//
// # Retention
//
// No file is removed before the days of the rule accesslog.keep.days are over, whatever the ceiling says: the ceiling
// removes what is older than that, and warns when the rest will not fit below it.
//
// Neighbours: edge says what was answered; app opens and closes the log.
package accesslog
