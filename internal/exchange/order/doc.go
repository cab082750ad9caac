// Package order (导入任务) is the import as those use it who are not at the server: they
// upload files, order an import of one or of an address, and look how it goes.
//
//	Create ──▶ waiting ──▶ running ──▶ done
//	              │           │  └────▶ failed     (the error says why)
//	              └─ Cancel ──┴───────▶ cancelled  (what was read before stays imported)
//
// An order is a row and a job (exchange.import), written together, so that it survives
// kill -9 at any moment: another process takes it up when the lease has ended, and what
// was imported already ends as unchanged. It runs with the reach its orderer had.
//
// Tables: exchange_order, exchange_upload. Neighbours: imports exchange; used by
// exchangeapi.
package order
