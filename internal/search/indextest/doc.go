// Package indextest (搜索引擎一致性测试) is the conformance suite of search drivers, with a driver in memory for reference.
package indextest
