// Package office (办公文件) reads the files that offices exchange: as the library's HTML for the editor, or as plain text
// for search and checks.
//
//	.docx ─► [Import] ─► HTML of package htmlclean, pictures, and a report of what is different (Report)
//	.docx .xlsx .pptx .odt .ods .odp .ofd .doc .xls .ppt .rtf .html .txt .csv ─► [Text] ─► plain text
//
// Files come from anywhere, so every one is read as if it were hostile. An archive has limits for its parts, their
// sizes, their ratio and their nesting. XML with a document type is refused, so there are no entities. Nothing that a
// file refers to outside of itself is fetched, no macro is run, and no part is written to a disk. A file over a limit
// is a fault.TooLarge, one that cannot be read a fault.Unsupported; both texts say which.
//
// The package is pure: bytes in, structs out.
package office
