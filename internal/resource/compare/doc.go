// Package compare (文本比较) finds equal texts, and the sentences that differ between two texts. It does no I/O.
// Neighbours: used by resource to merge items, and by app/cli to compare editions.
package compare
