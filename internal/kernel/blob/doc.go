// Package blob stores files (文件存储): content named by its hash, and packs named by their creator.
//
//	cas/ab/cdef…        content; the name is its SHA-256, so a second put of the same bytes is free
//	                    and every read is checked
//	pack/<site>/<id>    a named object; immutable: a second put with other bytes is a conflict
//
// Store is the portable type; it uses one of two drivers, chosen by the address given to Open:
//
//	dir:PATH                     a directory: temporary file, fsync, link, fsync of the directory
//	s3://BUCKET?endpoint=URL     S3 or a compatible server, through gocloud.dev/blob
//
// Both guarantee the following, which blobtest.Run tests. An object appears completely or not at all, and is durable
// when the call returns. Nothing is written outside the root, whatever the name. Damaged content is never returned as
// valid (ErrTampered).
package blob
