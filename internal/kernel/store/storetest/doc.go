// Package storetest (存储测试) runs a test on every database engine.
//
// The sub-test for SQLite always runs. The sub-test for PostgreSQL uses the server in GUIYI_TEST_PG: the URL of a role
// that may create databases. test/pg.sh starts such a server. Without GUIYI_TEST_PG the sub-test is skipped; it fails
// when CI=true or GUIYI_TEST_PG_REQUIRED=1.
package storetest
