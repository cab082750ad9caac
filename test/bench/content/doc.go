// Package content makes what the benchmark publishes, imports and searches (测试内容): articles of a generated city, the
// same for every competitor and every run; saved pages of an old site; and real texts with real questions where they
// are at hand.
package content
