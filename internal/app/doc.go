// Package app is the composition root: it opens the engines, wires the slices, and starts and stops the roles. The
// commands are in app/cli, the configuration in app/config.
//
// A server starts in this order: telemetry, blob store, keys, edge, database, bus, migrations, slices, search index.
// Then it binds its listeners, serves requests and starts the background work. When it stops, it finishes running
// requests and jobs, and then closes the engines in reverse order.
package app
