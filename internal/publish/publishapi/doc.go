// Package publishapi (发布接口) has the operations of the API on publishing and on the
// ledger. What they do is decided in packages publish and control; here are only the
// forms of request and answer.
package publishapi
