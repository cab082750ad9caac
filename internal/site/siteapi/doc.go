// Package siteapi (站点接口) has the operations of the API on sites and their columns.
// What they change is decided in package site; here are only the forms of request and
// answer. Neighbours: imports site; studio mounts it.
package siteapi
