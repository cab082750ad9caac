package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the benchmark.
type bench struct {
	root    string // of the repository
	work    string // scratch folder of this run
	bin     string // guiyi
	pages   int    // of the built site
	rounds  int
	seconds int // of each load
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // stop has nothing left to do
	}
}

func run(ctx context.Context) (err error) {
	b := &bench{}
	parts := flag.String("parts", "build,serve,import", "parts to run")
	out := flag.String("out", "test/bench/results", "folder of bench.md and bench.json")
	flag.StringVar(&b.bin, "guiyi", "", "guiyi binary; default: built from this repository")
	flag.IntVar(&b.pages, "pages", 20_000, "articles of the built site")
	flag.IntVar(&b.rounds, "rounds", 3, "rounds")
	flag.IntVar(&b.seconds, "seconds", 5, "seconds of each load")
	flag.Parse()
	if b.root, err = repository(); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "guiyi-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	if b.bin == "" {
		b.bin = filepath.Join(b.work, "guiyi")
		if _, _, err := timed(command(ctx, b.root, nil, "go", "build", "-o", b.bin, "./cmd/guiyi")); err != nil {
			return err
		}
	}
	if b.bin, err = filepath.Abs(b.bin); err != nil {
		return err
	}
	r := &report{At: now(), Machine: machine(), Rounds: b.rounds}
	failed := b.all(ctx, r, strings.Split(*parts, ","))
	fmt.Print(r.markdown())
	if !filepath.IsAbs(*out) {
		*out = filepath.Join(b.root, *out)
	}
	return errors.Join(failed, r.write(*out))
}

// all runs the parts one after the other. One that fails leaves its reason in the report and does not stop the others.
func (b *bench) all(ctx context.Context, r *report, parts []string) error {
	known := map[string]func(context.Context, *table) error{"build": b.build, "serve": b.serve, "import": b.intake}
	var errs []error
	for _, name := range parts {
		part, ok := known[strings.TrimSpace(name)]
		if !ok {
			return fmt.Errorf("no part %q; there are build, serve and import", name)
		}
		start, t := time.Now(), &table{}
		r.Sections = append(r.Sections, t)
		if err := part(ctx, t); err != nil {
			t.Failed = err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		progress("%s took %s", name, time.Since(start).Round(time.Second))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// progress tells on standard error what is going on; results go to standard output.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// repository is the folder of go.mod, here or above.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("run this inside the repository")
		}
		dir = up
	}
}
