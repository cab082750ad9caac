// Package studio (管理端) has the handler of the inner listener. It serves the JSON API /api/v1 with its OpenAPI document
// and reference, and health and metrics. Platform.Operations in package app lists the mounted <slice>api packages. No
// other package imports them, so the public listener cannot serve their operations.
//
// The reference (/api/v1/docs) is an HTML page made from the OpenAPI document. It needs no script and loads nothing
// from other origins. Everybody who can reach the listener may read document and reference; they contain no data of
// the city.
package studio
