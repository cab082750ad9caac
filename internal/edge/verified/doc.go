// Package verified reads bytes from blob stores, computes their SHA-256 and returns only bytes that match the requested
// hash (验证读取). Verified bytes are cached in memory up to a limit. A copy that is damaged or cannot be read is reported,
// and the next copy is tried: in the next store, as a content-addressed blob, or in the gzip variant.
package verified
