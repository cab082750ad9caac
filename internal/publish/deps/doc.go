// Package record (发布记录) keeps what is known of the pages of a site: what each one read when
// it was rendered last, and which are to be rendered again.
//
//	publish_page    every public page, with its deps and its place among all pages
//	publish_dep     the same deps the other way: which pages show an item or use a file
//	publish_window  pages that show the newest of a column, and how deep they look
//	publish_dirty   marks: pages that wait for a build, with the reason when one failed
//
// A change is looked up here (Showing, WindowsOver) and turned into marks (Marks); a build
// takes the marks and leaves the new record (Save, Forget) in the transaction of its revision.
//
// Neighbours: imports publish/page and resource; used by publish.
package deps
