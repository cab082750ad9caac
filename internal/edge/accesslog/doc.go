// Package accesslog (访问日志) writes a line for every public request, as 《网络安全法》 requires: client, time, address and
// status. Personal values in addresses are masked before they are written.
//
//	Add ──► buffer in memory ──(twice a second)──► access.log ──(new day, or full)──► access-20261129-001.log.gz
//
// Add never waits for the disk. While the disk cannot be written, lines stay in the buffer. Lines that do not fit are
// counted, in a metric and in a line of the log itself. A killed process loses at most half a second.
//
// # Formats
//
// Combined is the format of nginx and Apache, which GoAccess and AWStats read, with three more fields at the end:
//
//	client - site [time] "method target protocol" status bytes "referrer" "agent" "host" seconds request-id
//
// JSON has one object a line. Lines about the log itself begin with "#", or have only "time", "lost" and "cause".
//
// # Retention
//
// No file is removed before the days of the rule accesslog.keep.days are over, whatever the size limit. Older files are
// removed when the limit is exceeded; when the rest still exceeds it, a warning is logged.
//
// Neighbours: edge adds a record after each response; app opens and closes the log.
package accesslog
