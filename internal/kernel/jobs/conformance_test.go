package jobs_test

import (
	"os"
	"testing"

	"guiyi/internal/kernel/jobs/jobstest"
	"guiyi/internal/kernel/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(jobstest.Main(m)) }

func TestSQLite(t *testing.T)   { jobstest.Run(t, storetest.SQLite) }
func TestPostgres(t *testing.T) { jobstest.Run(t, storetest.Postgres) }
