// Package compare (文本比较) says which texts are the same to a reader, and which sentences
// differ between two editions. It is pure. Neighbour: resource, for editions and merging.
package compare
