// Package compiled (模板编译) runs the templates of a theme without reflection on their parse trees. html/template
// determines the contexts and inserts the escapers; this package then compiles the trees to closures for the types they
// were checked with.
//
// It supports the part of the template language that pages use. Unsupported constructs are an error of Compile, and an
// error at run time fails the whole page; in both cases the caller renders the page with html/template. So a page
// either has the bytes that html/template would produce, or is rendered by html/template itself. Tests compare the two
// with hostile text in every context.
//
// Neighbours: imports html/template and text/template/parse; used by theme.
package compiled
