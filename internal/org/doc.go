// Package org (组织机构) checks the codes that identify a government organ: the organisation code (组织机构代码, GB 11714), the
// unified social credit code (统一社会信用代码, GB 32100) and the website identification code (网站标识码).
//
// It has no departments and no officers yet.
package org
