// Package header reads the request headers that choose a form of a file (请求头): accepted encodings, conditions, ranges.
// Malformed headers never fail a request; they count as absent, as RFC 9110 asks. The package does no I/O.
package header
