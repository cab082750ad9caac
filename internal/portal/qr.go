package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// QR returns the route of the QR codes of published pages.
func QR() dynamic.Mount {
	return dynamic.Mount{Name: address.MountQR, Routes: []dynamic.Route{
		{Pattern: address.QR, Get: qrCode, PerMinute: perMinute},
	}}
}

// perMinute bounds the codes drawn for one client address. A page shows one code.
const perMinute = 300

// qrCode draws the address of a page of the site as a QR code. Published pages link to the code instead of containing
// it, because drawing costs several times as much as rendering a page. Only addresses of the site itself are drawn, so
// that a government server never lends its name to another address.
func qrCode(w http.ResponseWriter, r *dynamic.Request) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	path := r.URL.Query().Get("p")
	if manifest.CheckPath(path) != nil || s.Base == "" {
		return fault.New(fault.Invalid, "参数 p 应是本站页面的路径，以 / 开头")
	}
	code, err := qr.Encode(s.Base+(&url.URL{Path: path}).EscapedPath(), qr.M)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "地址太长，画不成二维码")
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=86400")
	_, err = w.Write([]byte(qrSVG(code)))
	return err
}

// qrSVG draws the black modules row by row, with the quiet zone of four modules required by ISO/IEC 18004.
func qrSVG(code *qr.Code) string {
	const quiet = 4
	var b strings.Builder
	side := code.Size + 2*quiet
	fmt.Fprintf(&b,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}
