// Package importtest (导入评测) measures the import on real pages and records beside the
// repository, in ../shared/data. The tests are skipped where that folder is missing.
package importtest
