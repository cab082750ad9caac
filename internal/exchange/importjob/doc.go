// Package importjob (导入任务) lets users without access to the server import content: they
// upload a file or give an address, request an import and follow its progress.
//
//	Create ──▶ waiting ──▶ running ──▶ done
//	              │           │  └────▶ failed     (the error says why)
//	              └─ Cancel ──┴───────▶ cancelled  (what was read before stays imported)
//
// An import job is a row and a job (exchange.import), written together, so that it survives
// kill -9 at any moment: another process takes the job over when the lease has expired, and what
// was imported already ends as unchanged. It runs with the reach of who asked for it.
//
// Tables: exchange_order, exchange_upload. Neighbours: imports exchange; used by
// exchangeapi.
package importjob
