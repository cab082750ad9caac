// Package verified stands between disk and client (验证读取): it reads bytes from blob stores, computes their SHA-256 in
// this process and gives out only those that have the hash they were asked for by. What was verified once stays in
// memory within a limit. A copy that is wrong or cannot be read is reported, and the next one tried: the next store,
// the same content as a blob of its own, the gzip variant. Bytes that fail are never returned.
package verified
