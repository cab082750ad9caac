package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	only := flag.String("only", "", "kind, or a word of name or file")
	workers := flag.Int("workers", 2, "how many run at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, workers int) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	guards, err := read(filepath.Join(root, "test", "mutate", "guards.yaml"))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "guiyi-mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	todo, done := make(chan guard), make(chan verdict)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for g := range todo {
				done <- g.try(ctx, root, dir)
			}
		})
	}
	go func() {
		for _, g := range guards {
			if only == "" || g.Kind == only || strings.Contains(g.Name+" "+g.File, only) {
				todo <- g
			}
		}
		close(todo)
		running.Wait()
		close(done)
	}()
	red, green := 0, 0
	for v := range done {
		mark := "red  "
		if v.red {
			red++
		} else {
			mark = "GREEN"
			green++
		}
		fmt.Printf("%s %6s  %-9s %s (%s): %s\n", mark, v.took.Round(time.Second), v.Kind, v.Name, v.File, v.why)
	}
	fmt.Printf("%d guards, %d turn a test red\n", red+green, red)
	if green > 0 {
		return fmt.Errorf("%d guards are guarded by no test", green)
	}
	return ctx.Err()
}
