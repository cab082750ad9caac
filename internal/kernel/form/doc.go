// Package form (表单) describes a form: its fields, their type and length, which contain free text, and which are
// personal. From the description it generates HTML that works without script, and checks submitted values.
//
//	GET   Form.HTML(State{})      empty, with a token when the form has a guard
//	POST  Form.Read ─▶ Form.Check ─▶ faults ─▶ Form.HTML(State{Input, Faults}): the same page with all values,
//	                       │                    the faults listed above with links to the fields
//	                       └─▶ Guard.Check ─▶ Once.Do ─▶ 303 to the result
//
// The HTML follows WCAG 2.2 AA. Each field has a label; hint and fault are linked to it by aria-describedby; a field
// with a fault is aria-invalid. The list of faults receives the focus and is announced. autocomplete names the values
// that a browser can fill in. The browser's own validation is off (novalidate), so that all readers see the same
// messages.
//
// Attachments of a form with faults are kept for a while (Kept), so that the reader need not choose them again. The
// page lists them with a box to remove each.
//
// Against bots, a form has a hidden field (honeypot), a minimum time and a token. None of these checks discards what a
// person has written: the page is shown again with the input and says what to do.
package form
