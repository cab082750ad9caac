// Package notation (日期与文号写法) reads the ways in which Chinese documents write dates and document numbers: 2024年9月10日
// 9时24分, 二〇二四年九月十日, 2017——04——12 21:37, full-width digits; 国办发〔2019〕6号 with any style of bracket.
//
// The package is pure: text in, values out. Input that is no date or number gives ok = false, never an
// error.
package notation
