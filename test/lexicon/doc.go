// Package lexicon (词库检验) measures the checks of internal/lexicon on texts outside of the repository: sentences with
// typing errors and their corrections, and letters of citizens.
//
//	go test ./test/lexicon -v
//
// The folder is that of the variable GUIYI_TEST_TEXTS, or ../shared/data beside the repository; without it the tests
// are skipped. docs/lexicon.md has the figures of the last measurement.
package lexicon
