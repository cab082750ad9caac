package cli

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// unnamed lists the commands that name no permission, and what is named and is no command.
func unnamed(root *cobra.Command, named map[string][]actor.Permission) (wrong []string) {
	seen := map[string]bool{}
	each(root, func(c *cobra.Command) {
		path := c.CommandPath()
		foreign := strings.HasPrefix(path, "guiyi completion") || path == "guiyi help"
		if seen[path] = true; !c.Runnable() || foreign || c.HasSubCommands() && named[path] == nil {
			return
		}
		if len(named[path]) == 0 || slices.Contains(named[path], "") {
			wrong = append(wrong, path)
		}
	})
	for path := range named {
		if !seen[path] {
			wrong = append(wrong, path)
		}
	}
	return wrong
}

func TestEveryCommandNamesItsPermission(t *testing.T) {
	t.Parallel()
	if got := unnamed(tree(), permissions()); len(got) > 0 {
		t.Errorf("without a permission, or no command: %v", got)
	}
	// It can fail.
	less := permissions()
	delete(less, "guiyi item show")
	less["guiyi gone"] = []actor.Permission{operate}
	if got := unnamed(tree(), less); len(got) != 2 || !slices.Contains(got, "guiyi item show") {
		t.Errorf("a forgotten command is not found: %v", got)
	}
	root := tree()
	root.AddCommand(&cobra.Command{Use: "new", Run: func(*cobra.Command, []string) {}})
	if got := unnamed(root, permissions()); len(got) != 1 {
		t.Errorf("a new command is not found: %v", got)
	}
}

// Every kind of job names what it acts with, and the API what it asks for.
func TestEveryJobAndOperationNamesItsPermission(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := app.Open(t.Context(), cfg.Config, false, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if kinds := p.JobPermissions(); len(kinds) < 8 {
		t.Errorf("only %d kinds of jobs", len(kinds))
	} else {
		for kind, ps := range kinds {
			if len(ps) == 0 || slices.Contains(ps, "") {
				t.Errorf("job kind %s names no permission", kind)
			}
		}
	}
	a := api.New(api.Options{DB: p.DB, Log: p.Tel.Log}, p.Operations()...)
	if got := a.Permissionless(); len(got) > 0 {
		t.Errorf("operations without a permission: %v", got)
	}
	// What a command does not name, the desk refuses.
	ctx := actor.With(t.Context(), runner("guiyi item show"))
	if _, err := p.Items.Release(ctx, 0, resource.Seen{Item: 1, Version: 1}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a command that shows may release: %v", err)
	}
	if _, _, err := p.Library.Item(ctx, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a command that shows may not read: %v", err)
	}
}
