// Package charset (字符编码) turns the bytes of a saved page, feed or table into text.
//
// Chinese government pages often declare a wrong encoding: GBK bytes under a utf-8 meta tag, UTF-8 under gb2312,
// UTF-16 files saved by Word, files saved again with the wrong code page. So the content is examined first: byte order
// mark, UTF-16 by its zero bytes, strict UTF-8. Otherwise GB18030 and Big5 are compared by the number of common
// Chinese characters that they give; the declaration only decides when both are close. [Info] counts repairs. What is
// not text is refused as fault.Unsupported.
//
// The package is pure: bytes in, text out.
package charset
