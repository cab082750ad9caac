package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// childEnv names the file to which a test binary, run through this command, adds its times.
const childEnv = "GUIYI_SLOW_TIMES"

func main() {
	if name := os.Getenv(childEnv); name != "" {
		os.Exit(child(name, os.Args[1:]))
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "slow:", err)
		os.Exit(1)
	}
}

// child runs a test binary as "go test -exec" does and adds a line: its folder, seconds of the wall, of the processor.
func child(name string, args []string) int {
	begin := time.Now()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, childEnv+"=") })
	err := cmd.Run()
	state := cmd.ProcessState
	if state == nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	dir, _ := os.Getwd()
	line := fmt.Sprintf("%s\t%.2f\t%.2f\n", dir, time.Since(begin).Seconds(),
		(state.UserTime() + state.SystemTime()).Seconds())
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteString(line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return max(state.ExitCode(), 0)
}

// run runs go test through child and reports.
func run(args []string, to io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	times, err := os.CreateTemp("", "guiyi-slow-*")
	if err != nil {
		return err
	}
	defer os.Remove(times.Name())
	defer times.Close()
	cmd := exec.Command("go", append([]string{"test", "-count=1", "-json", "-exec", self}, args...)...)
	cmd.Env, cmd.Stderr = append(os.Environ(), childEnv+"="+times.Name()), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	tests, rerr := readEvents(out, to)
	failed := errors.Join(rerr, cmd.Wait())
	packages, err := readTimes(times, root)
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	return report(to, packages, tests)
}

// spent is the time of a package or of a test of one, in seconds.
type spent struct {
	name            string
	wall, processor float64
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// readEvents collects the times of top-level tests, and passes on what those say that fail.
func readEvents(from io.Reader, to io.Writer) (tests []spent, err error) {
	said := map[string]*strings.Builder{}
	dec := json.NewDecoder(from)
	for {
		var e event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return tests, nil
		} else if err != nil {
			return tests, err
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if said[key] == nil {
				said[key] = &strings.Builder{}
			}
			said[key].WriteString(e.Output)
		case "fail":
			if said[key] != nil {
				fmt.Fprint(to, said[key])
			}
		}
		if (e.Action == "pass" || e.Action == "fail") && e.Test != "" && !strings.Contains(e.Test, "/") {
			tests = append(tests, spent{name: strings.TrimPrefix(e.Package, "guiyi/") + " " + e.Test, wall: e.Elapsed})
		}
		if e.Action == "pass" || e.Action == "skip" {
			delete(said, key)
		}
	}
}

// readTimes reads what children wrote.
func readTimes(from io.Reader, root string) (packages []spent, err error) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		dir, rest, _ := strings.Cut(lines.Text(), "\t")
		wall, processor, _ := strings.Cut(rest, "\t")
		p := spent{name: strings.TrimPrefix(strings.TrimPrefix(dir, root), "/")}
		if p.wall, err = strconv.ParseFloat(wall, 64); err != nil {
			return nil, err
		}
		if p.processor, err = strconv.ParseFloat(processor, 64); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, lines.Err()
}

const listed = 15 // packages and tests that are printed

// report prints the slowest and returns an error that names what is above its budget.
func report(to io.Writer, packages, tests []spent) error {
	byProcessor := func(a, b spent) int { return cmp.Compare(b.processor, a.processor) }
	byWall := func(a, b spent) int { return cmp.Compare(b.wall, a.wall) }
	slices.SortFunc(packages, byProcessor)
	slices.SortFunc(tests, byWall)
	var all spent
	over := []error{}
	for _, p := range packages {
		all.wall, all.processor = all.wall+p.wall, all.processor+p.processor
		if most := budget(p.name); p.processor > most {
			over = append(over, fmt.Errorf("%s takes %.0f seconds of the processor, budget %.0f: see CONTRIBUTING.md, Time",
				p.name, p.processor, most))
		}
	}
	fmt.Fprintf(to, "\n%9s %9s  package (seconds)\n", "processor", "wall")
	for _, p := range packages[:min(listed, len(packages))] {
		fmt.Fprintf(to, "%9.1f %9.1f  %s\n", p.processor, p.wall, p.name)
	}
	fmt.Fprintf(to, "%9.1f %9.1f  all %d packages\n\n%9s  test (seconds)\n", all.processor, all.wall, len(packages), "wall")
	for _, one := range tests[:min(listed, len(tests))] {
		fmt.Fprintf(to, "%9.1f  %s\n", one.wall, one.name)
	}
	return errors.Join(over...)
}

// perPackage is what the tests of a package may take, in seconds of the processor, server processes of their own
// included and the database server not.
const perPackage = 20

// budget is perPackage, or more for packages that have a reason.
func budget(name string) float64 {
	switch name {
	case "internal/publish": // every rule of publishing, on both engines, each with a city of its own
		return 110
	case "internal/app/cli": // the real program: killed, flooded with hostile files, backed up under load
		return 95
	case "test/import": // the whole collection of saved pages
		return 75
	case "test/damage": // the real program on damaged disks
		return 55
	case "internal/publish/repair", "internal/exchange", "test/bench": // real cities and saved pages, kills
		return 40
	case "internal/studio": // every operation of the document, by every actor, on both engines
		return 30
	}
	return perPackage
}
