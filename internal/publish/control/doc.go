// Package control (发布控制) is the publisher as those see it who run a site: ask for a
// build, look at revisions, check the ledger, roll back and resume. Every call needs a
// actor.Actor that covers the site.
//
// A build that is asked for is a job (publish.build), because a large site takes longer
// than a request may. Table: reads publish_ledger. Neighbours: imports publish; used by
// publishapi.
package control
