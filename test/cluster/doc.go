// Package cluster starts the platform as many processes, as deploy/cluster describes it, on PostgreSQL, NATS and S3
// of its own, and kills each of them in turn.
package cluster
