package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the benchmark.
type bench struct {
	root    string // of the repository
	work    string // scratch folder of this run
	bin     string // guiyi
	before  string // an earlier guiyi to compare with; "" for none
	data    string // folder of real texts; "" when there is none
	pages   int    // of the built site
	imports []int  // sizes of imports
	items   int    // in the searched library
	shown   int    // publications timed until they are found
	rounds  int
	seconds int  // of each load
	quick   bool // tiny sizes, and only with what is installed
}

// part is one of the comparisons.
type part struct {
	name string
	run  func(*bench, context.Context, *table) error
	// takes is about how long it runs on two quiet cores.
	takes func(*bench) time.Duration
}

func parts() []part {
	return []part{
		{"build", (*bench).build, func(b *bench) time.Duration {
			return b.rough(0.0015*float64(b.pages),
				0.0042*float64(b.pages))
		}},
		{"serve", (*bench).serve, func(b *bench) time.Duration { return b.rough(35, float64(12*b.seconds)) }},
		{"search", (*bench).search, func(b *bench) time.Duration {
			return b.rough(0.0035*float64(b.items)+1.5*float64(b.shown), float64(8*b.seconds))
		}},
		{"import", (*bench).intake, func(b *bench) time.Duration {
			once, each := 0.0, 25.0
			for _, n := range b.imports {
				if cost := 0.0035 * float64(n); n > repeated {
					once += cost
				} else {
					each += cost
				}
			}
			return b.rough(once, each)
		}},
	}
}

// rough is a time of so many seconds once and so many for each round.
func (b *bench) rough(once, round float64) time.Duration {
	return time.Duration((once + round*float64(b.rounds)) * float64(time.Second))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) // stop has nothing left to do
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	b := &bench{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := f.String("parts", "build,serve,search,import", "parts to run")
	out := f.String("out", "test/bench/results", "folder of bench.md and bench.json")
	f.BoolVar(&b.quick, "quick", false,
		"only show that every part works: tiny sizes, without what is not installed; the figures mean nothing")
	f.StringVar(&b.bin, "guiyi", "", "guiyi binary; default: built from this repository")
	f.StringVar(&b.before, "before", "", "earlier guiyi binary, measured in the same rounds of build and serve")
	f.StringVar(&b.data, "data", os.Getenv("GUIYI_DATA"),
		"folder of real texts to search in; default $GUIYI_DATA, else ../shared/data")
	f.IntVar(&b.pages, "pages", 20_000, "articles of the built site")
	f.IntVar(&b.items, "items", 100_000, "items of the searched library")
	f.IntVar(&b.shown, "shown", 25, "publications timed until they are found")
	f.IntVar(&b.rounds, "rounds", 3, "rounds")
	f.IntVar(&b.seconds, "seconds", 5, "seconds of each load")
	sizes := f.String("imports", "10000,100000", "sizes of imports, the large ones once")
	if err := f.Parse(args); err != nil {
		return err
	}
	if b.quick {
		b.pages, b.items, b.shown, b.rounds, b.seconds, *sizes = 40, 120, 2, 1, 1, "40,80"
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return fmt.Errorf("-imports: %q is no number of items", text)
		}
		b.imports = append(b.imports, n)
	}
	chosen, err := choose(*names)
	if err != nil {
		return err
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	r := &report{At: now(), Machine: machine(), Rounds: b.rounds, Quick: b.quick}
	start := time.Now()
	failed := b.all(ctx, r, chosen)
	r.Took = time.Since(start).Round(time.Second).String()
	fmt.Fprint(stdout, r.markdown())
	if !filepath.IsAbs(*out) {
		*out = filepath.Join(b.root, *out)
	}
	return errors.Join(failed, r.write(*out))
}

// choose finds the parts by their names, in the order given.
func choose(names string) ([]part, error) {
	var chosen []part
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(parts(), func(p part) bool { return p.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("no part %q; there are build, serve, search and import", name)
		}
		chosen = append(chosen, parts()[i])
	}
	return chosen, nil
}

// prepare finds the repository, makes the scratch folder and builds guiyi.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.root, err = repository(); err != nil {
		return err
	}
	if b.data == "" {
		b.data = filepath.Join(b.root, "..", "shared", "data")
	}
	if _, err := os.Stat(b.data); err != nil || b.quick {
		b.data = ""
	}
	if b.work, err = os.MkdirTemp("", "guiyi-bench-"); err != nil {
		return err
	}
	if b.bin == "" {
		b.bin = filepath.Join(b.work, "guiyi")
		if _, _, err := timed(command(ctx, b.root, nil, "go", "build", "-o", b.bin, "./cmd/guiyi")); err != nil {
			return errors.Join(err, os.RemoveAll(b.work))
		}
	}
	if b.bin, err = filepath.Abs(b.bin); err != nil {
		return err
	}
	if b.quick {
		b.before = b.bin
	}
	if b.before != "" {
		b.before, err = filepath.Abs(b.before)
	}
	return err
}

// all runs the parts one after the other. One that fails leaves its reason in the report and does not stop the others.
func (b *bench) all(ctx context.Context, r *report, chosen []part) error {
	total := time.Duration(0)
	for _, p := range chosen {
		total += p.takes(b)
	}
	if !b.quick {
		progress("%d parts, %d rounds: about %s on two quiet cores, beside the first installation of peers",
			len(chosen), b.rounds, total.Round(time.Minute))
	}
	var errs []error
	for i, p := range chosen {
		progress("part %d of %d: %s, about %s", i+1, len(chosen), p.name, p.takes(b).Round(10*time.Second))
		start, t := time.Now(), &table{}
		r.Sections = append(r.Sections, t)
		if err := p.run(b, ctx, t); err != nil {
			t.Failed = err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
		progress("%s took %s", p.name, time.Since(start).Round(time.Second))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// progress writes to standard error what is being done; results go to standard output.
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
