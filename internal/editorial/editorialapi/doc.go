// Package editorialapi (审核接口) has the operations of the API on review tasks and flows. What they change is decided in
// package editorial; here are only the forms of request and answer.
package editorialapi
