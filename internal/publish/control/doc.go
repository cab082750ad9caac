// Package control (发布控制) contains the use cases of users who run a site: request a build, list revisions, check the
// ledger, roll back and resume. Every call checks that the actor.Actor in the context has the permission and that its
// scope includes the site.
//
// A requested build is a job (publish.build), because building a large site takes longer than an HTTP request may.
//
// Table: reads publish_ledger. Neighbours: imports publish; used by publishapi.
package control
