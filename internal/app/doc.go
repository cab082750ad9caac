// Package app is the composition root: it reads the configuration, opens the engines,
// wires the slices, and starts and stops the roles in order. Its commands are what
// operators type; see Main.
//
// Start order: telemetry, database and migrations, blob store, bus, job board, slices,
// search index, listeners, workers. Stop order is the reverse: listeners drain first,
// then workers finish what they hold, then the engines close.
package app
