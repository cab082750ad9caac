package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeployFiles: every configuration of deploy/cluster is one that the program takes, each has the unit's name, and
// no file holds a real secret.
func TestDeployFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "deploy", "cluster")
	exe, err := os.Executable()
	must(t, err)
	guiyi := filepath.Join(t.TempDir(), "guiyi")
	must(t, os.Symlink(exe, guiyi))
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	must(t, err)
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	must(t, err)
	roles := map[string]bool{}
	for _, file := range files {
		role := strings.TrimSuffix(filepath.Base(file), ".yaml")
		roles[role] = true
		for _, command := range []string{"check", "dump"} {
			cmd := exec.Command(guiyi, "config", command, "--config", file)
			cmd.Env = append(os.Environ(), "GUIYI_DATABASE=postgres://guiyi:very-secret@10.0.0.41/guiyi",
				"GUIYI_BUS_TOKEN=very-secret", "GUIYI_PORTAL_SECRET=very-secret-very-secret-very-secret")
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "very-secret") {
				t.Errorf("%s: config %s: %v\n%s", file, command, err, out)
			}
			if command == "dump" && !strings.Contains(string(out), role) {
				t.Errorf("%s does not take the role of its name:\n%s", file, out)
			}
		}
		if !strings.Contains(string(readme), "guiyi@"+role) {
			t.Errorf("README.md does not tell of guiyi@%s", role)
		}
	}
	for _, role := range []string{"worker", "studio", "portal", "edge"} {
		if !roles[role] {
			t.Errorf("no configuration for %s", role)
		}
	}
}
