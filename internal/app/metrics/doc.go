// Package metrics (运行指标) has the Prometheus metrics of jobs, publishing and search.
//
// Neighbours: implements the observers of kernel/jobs and publish; app registers the metrics.
package metrics
