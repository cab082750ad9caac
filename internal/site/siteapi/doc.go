// Package siteapi (站点接口) has the API operations on sites and their columns. It only converts requests and responses;
// package site does the work. Neighbours: imports site; studio mounts it.
package siteapi
