// Package compiled (模板编译) runs the templates of a theme without reflection on their
// trees: html/template finds the contexts and puts the escapers in, this package turns the
// trees it leaves into closures for the types they were checked with.
//
// It knows the part of the language that page templates use. What it does not know it
// refuses when compiling, and what fails while running fails as a whole: in both cases the
// caller lets html/template render the page. So a page is rendered either with the same
// bytes as html/template would, or by html/template itself. Tests hold the two against
// each other with hostile text in every context.
//
// Neighbours: imports html/template and text/template/parse; used by theme.
package compiled
