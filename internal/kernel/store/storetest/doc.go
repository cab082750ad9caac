// Package storetest (存储测试) runs one test on every database engine.
//
// SQLite always runs. PostgreSQL runs on the server that GUIYI_TEST_PG names (a URL
// of a role that may create databases); test/pg.sh starts one. Without it the
// sub-test is skipped, or fails when CI=true or GUIYI_TEST_PG_REQUIRED=1.
package storetest
