// Package importjob (导入任务) runs imports in the background for users without access to the server. They upload a file or
// give an address, request an import and follow its progress.
//
//	Create ──▶ waiting ──▶ running ──▶ done
//	              │           │  └────▶ failed     (with the reason)
//	              └─ Cancel ──┴───────▶ cancelled  (what was read before stays imported)
//
// An import job is a row and a job of kind exchange.import, written in one transaction. So it survives kill -9 at any
// moment: when the lease has expired, another process runs it again, and inputs already imported end as unchanged. It
// runs with the scope that its requester had.
//
// Tables: exchange_order, exchange_upload. Neighbours: imports exchange; used by exchangeapi.
package importjob
