package jobs_test

import (
	"os"
	"testing"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/jobs/jobstest"
	"guiyi/internal/kernel/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(jobstest.Main(m)) }

func TestSQLite(t *testing.T) {
	jobstest.Run(t, func(t testing.TB) string { return storetest.SQLite(t, jobs.Migrations()) })
}

func TestPostgres(t *testing.T) {
	jobstest.Run(t, func(t testing.TB) string { return storetest.Postgres(t, jobs.Migrations()) })
}
