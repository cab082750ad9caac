// Package form (表单) is one description of a form: what it asks, in which shape and how long, whether it is free text,
// whether it is personal. From it come the HTML, which needs no script, and the check of what arrives.
//
//	GET   Form.HTML(State{})      empty, with a token when the form has a guard
//	POST  Form.Read ─▶ Form.Check ─▶ faults ─▶ Form.HTML(State{Input, Faults}): the same page, all values kept,
//	                       │                    the faults listed above with links to the fields
//	                       └─▶ Guard.Check ─▶ Once.Do ─▶ 303 to where it goes on
//
// The HTML follows WCAG 2.2 AA: each field has a label; hint and fault are bound to it by aria-describedby; a wrong
// one is aria-invalid; the list of faults takes the focus and is announced; autocomplete names what a browser can fill
// in. The browser's own checks are off (novalidate), so that everybody reads the same words.
//
// Attachments of a form that comes back are kept for a while (Kept), and the page offers them with a box to take each
// out again: nobody has to choose them twice.
//
// Against machines, a form has a trap that people do not see, a shortest time and a token. None of them throws away
// what a person has written: the page comes back with it and says what to do.
package form
