// Package metrics (运行指标) shows the job board and publishing to Prometheus.
//
// Neighbours: imports kernel/jobs and publish, whose observers it is; app registers it.
package metrics
