// Command guiyi runs a city's government websites: see internal/app.
package main

import (
	"os"
	_ "time/tzdata" // Asia/Shanghai on machines without time zone files

	"guiyi/internal/app"
)

func main() { os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr)) }
