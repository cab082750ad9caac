// Package notation (日期与文号写法) reads dates and document numbers as Chinese documents write them: 2024年9月10日 9时24分,
// 二〇二四年九月十日, 2017——04——12 21:37, full-width digits; 国办发〔2019〕6号 with any kind of brackets.
//
// The package is pure: it only reads text and returns values. When the text has no date or number, ok is false; there
// are no errors.
package notation
