// Package org (组织机构) holds what identifies a government organ. For now that is
// its codes: the organisation code (组织机构代码, GB 11714), the unified social credit
// code (统一社会信用代码, GB 32100) and the website identification code (网站标识码).
//
// Departments, officers and their data scope come with the issue that needs them.
package org
