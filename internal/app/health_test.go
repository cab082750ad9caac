package app

import (
	"io"
	"testing"

	"guiyi/internal/app/config"
)

// A portal goes on answering from its own index while the database is away; who publishes is of no use then.
func TestReadyWithoutDatabase(t *testing.T) {
	for role, want := range map[string]string{"portal": "ready", "worker": "not ready", "studio": "not ready"} {
		t.Run(role, func(t *testing.T) {
			cfg, dir := config.Default(), t.TempDir()
			cfg.DataDir, cfg.Roles, cfg.Database, cfg.Blob = dir, []string{role}, "sqlite:"+dir+"/guiyi.db",
				"dir:"+dir+"/blob"
			p, err := Open(t.Context(), cfg, true, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if r := p.Tel.Health.Report(t.Context()); r.Status != "ready" {
				t.Errorf("before: %+v", r)
			}
			if err := p.DB.Close(); err != nil {
				t.Fatal(err)
			}
			if r := p.Tel.Health.Report(t.Context()); r.Status != want || r.Checks["database"].OK {
				t.Errorf("%+v", r)
			}
		})
	}
}
