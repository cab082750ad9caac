// Package studio (管理端) is the inner listener: the JSON API /api/v1 with its document
// and reference, and health and metrics. The <slice>api packages are mounted by
// the list in app (Platform.Operations), which nothing else may import, so that no
// operation of an editor reaches the public listener.
//
// The reference (/api/v1/docs) is rendered here from the OpenAPI document, needs no
// script and nothing from elsewhere, and like the document is open to everybody who reaches
// the listener: it says nothing about the city's data.
package studio
