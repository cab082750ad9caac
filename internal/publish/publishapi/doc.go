// Package publishapi (发布接口) is the HTTP API for publishing and for the ledger. It contains only the types of requests
// and responses; the use cases are in packages publish and control.
package publishapi
