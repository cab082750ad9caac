// Package blob keeps bytes (文件存储): content named by its hash, and packs named by their maker.
//
//	cas/ab/cdef…        content; the name is its SHA-256, so a second put of the same bytes is free
//	                    and every read is checked
//	pack/<site>/<id>    a named object; immutable: a second put with other bytes is a conflict
//
// Store is the portable type; beneath it is one of two drivers, chosen by the address given to Open:
//
//	dir:PATH                     a directory: temporary file, fsync, link, fsync of the directory
//	s3://BUCKET?endpoint=URL     S3 or a compatible server, through gocloud.dev/blob
//
// Promises of both, kept by blobtest.Run: an object appears whole or not at all and is durable when the call returns;
// nothing is ever written outside the root, whatever the name; changed content is never returned as good (ErrTampered).
package blob
