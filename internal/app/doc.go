// Package app is the composition root: it reads the configuration, opens the engines,
// wires the slices, and starts and stops the roles in order. The commands that operators
// type are in app/cli.
//
// Start order: telemetry, blob store, bus, keys, database and migrations, job board, slices,
// search index, listeners bound; then the listeners answer, and edge, follower and workers
// run. Stopping, the listeners drain while the workers finish what they hold; when both are
// done, the engines close, last opened first.
package app
