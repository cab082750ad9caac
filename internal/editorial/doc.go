// Package editorial (采编审发) keeps the reviews that an edition has to pass before it is public (三审三校).
//
// A flow (审核流程) is a list of one to eight steps (审核环节): review, proofread, secrecy (保密审查) or privacy
// (个人信息审查). A site has one; a column may have its own, which its sub-columns inherit. Submitting the pending
// edition of an item makes a task (审核任务), which keeps the steps of the moment:
//
//	task   open ──approve, last step──▶ approved     the edition is released, at once or when planned
//	        │ ──return──▶ returned                   with a reason; the writer revises and submits again
//	        └ ──recall──▶ recalled                   by the submitter or whoever sets the flows
//	step   waiting ⇄ claimed ──approve──▶ done       transfer gives it to another person
//
// A step with units is a counter-signing (会签): one person of each unit approves. Nobody has two parts in one
// task: who wrote or submitted the edition approves no step, and who approved one step approves no other. A row
// per person (editorial_part) holds that in the database.
//
// A review concerns exactly one edition. When the writer revises the item meanwhile, nothing is lost: his draft is
// kept, the task is stale, and approving it is a conflict; submitting the new draft ends the stale task. The same
// holds for an item that was withdrawn or moved to another column.
//
// Each act is kept with its person, time, note, the hash of the content that was seen, and the points that were ticked.
// Rows of acts are only added; the audit row of the act contains the same hash, so the audit chain proves it.
//
// Tables: editorial_flow, editorial_task, editorial_wait, editorial_part, editorial_node, editorial_act.
// Neighbours: imports resource, which refuses on a site with a flow every release without an approval
// (resource.Desk.RequireReview, ReleaseApproved), and site for the columns.
package editorial
