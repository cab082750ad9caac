// Package deps (依赖记录) stores the dependencies of the pages of a site, and which pages must be rendered again.
//
//	publish_page    every public page, with the keys of its dependencies and its position in the list of all pages
//	publish_dep     the same dependencies, indexed by key: which pages show an item or use a file
//	publish_window  the pages that show the newest entries of a column, and the oldest entry that they show
//	publish_dirty   marks: pages that wait for a build, with an error if their last rendering failed
//
// After a change the planner looks up the affected pages (PagesReading, PagesWithWindow) and marks them (Marks). A
// build loads the marks, and in the transaction of its revision it clears them and stores the new dependencies (Save,
// Delete).
//
// Neighbours: imports publish/page and resource; used by publish.
package deps
