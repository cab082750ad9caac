// Command guiyi runs a city's government websites: see internal/app/cli.
package main

import (
	"os"
	_ "time/tzdata" // Asia/Shanghai on machines without time zone files

	"guiyi/internal/app/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
