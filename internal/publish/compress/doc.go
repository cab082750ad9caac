// Package compress (压缩) makes the compressed forms of a body at publishing time, so that no request waits for
// compression: gzip for every text, and also Brotli for pages that are requested often (docs/adr/014).
//
// Encoders are pooled, because creating one costs more than compressing a page.
//
// Neighbours: imports publish/manifest for the names of the encodings; used by publish.
package compress
