// Package telemetry lets operators see what a process does (运行观测): structured logs, Prometheus metrics, OpenTelemetry
// traces, and health.
//
//	/healthz  the process answers
//	/readyz   every named check with its state; 503 while one fails or the process is stopping
//	/metrics  Prometheus
//
// Everything belongs to one Telemetry value created by New; there are no globals. Without an endpoint nothing is
// traced and tracing costs nothing.
package telemetry
