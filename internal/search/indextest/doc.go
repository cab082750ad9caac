// Package indextest (搜索引擎一致性测试) is the suite that every search driver passes.
package indextest
