// Package form (表单) describes a form: its fields, their type and length, which are free text, which are personal.
// From the description it makes HTML that works without script, and checks what is submitted.
//
//	GET   Form.HTML(State{})      empty, with a token when the form has a guard
//	POST  Form.Read ─▶ Form.Check ─▶ faults ─▶ Form.HTML(State{Input, Faults}): the same page, all values kept,
//	                       │                    the faults listed above with links to the fields
//	                       └─▶ Guard.Check ─▶ Once.Do ─▶ 303 to where it goes on
//
// The HTML follows WCAG 2.2 AA: each field has a label; hint and fault are bound to it by aria-describedby; a wrong
// one is aria-invalid; the list of faults takes the focus and is announced; autocomplete names what a browser can
// fill in. The browser's own checks are off (novalidate), so that everybody sees the same messages.
//
// Attachments of a form that comes back are kept for a while (Kept), and the page offers them with a box to take each
// out again: nobody has to choose them twice.
//
// Against bots, a form has a hidden field (honeypot), a minimum time and a token. None of them discards what a person
// has written: the page is shown again with it and says what to do.
package form
