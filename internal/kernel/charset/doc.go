// Package charset (字符编码) turns the bytes of a saved page, feed or table into text.
//
// Chinese government pages lie about their encoding: GBK bytes under a utf-8 meta tag, UTF-8 under gb2312, UTF-16
// saves of Word, files re-saved through the wrong code page. The chain therefore is: byte order mark, UTF-16 by zero
// bytes, strict UTF-8, then the candidates GB18030 and Big5 judged by how much everyday Chinese they yield; a
// declaration only decides when both are close. Repaired damage is counted in [Info]; what is not text is refused as
// fault.Unsupported.
//
// The package is pure: bytes in, text out.
package charset
