// Command serve shows the sample pages of the default theme (主题样张) in a browser, with optional overlay folders.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"guiyi/internal/theme"
	"guiyi/internal/theme/themetest"
	"guiyi/web"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8090", "address to listen on; port 0 picks a free one")
	flag.Parse()
	if err := run(*addr, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, overlays []string) error {
	base, err := web.Theme("default")
	if err != nil {
		return err
	}
	var layers []fs.FS
	for _, dir := range overlays {
		layers = append(layers, os.DirFS(dir))
	}
	set, err := theme.Load(base, layers...)
	if err != nil {
		return err
	}
	h, err := themetest.Handler(set)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", l.Addr())
	for _, s := range themetest.Samples() {
		fmt.Printf("%s %s\n", s.Kind, s.Path)
	}
	fmt.Println() // an empty line ends the list: a test may start
	return (&http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}).Serve(l)
}
