// Package orgapi (人员接口) has the API operations on departments, officers, grants and sessions. It only converts
// requests and responses; package people does the work. Neighbours: imports people, and site for the codes of sites;
// app mounts it.
package orgapi
