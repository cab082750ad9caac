// Package press (压缩) makes the compressed forms that are published beside a body, so that
// no reader waits for compression: gzip for every text, and Brotli as well where many
// readers come in (docs/adr/014).
//
// Encoders are pooled: making one costs more than compressing a page.
//
// Neighbours: imports publish/manifest for the names of the encodings; used by publish.
package compress
