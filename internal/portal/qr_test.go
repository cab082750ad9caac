package portal

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestQRDrawsEveryBlackModuleOnce(t *testing.T) {
	code, err := qr.Encode("https://www.qinghe.gov.cn/zwgk/zcwj/202611/t20261120_152.html", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	svg := qrSVG(code)
	if err := xml.Unmarshal([]byte(svg), new(struct{ XMLName xml.Name })); err != nil {
		t.Fatalf("not well-formed: %v", err)
	}
	black := 0
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				black++
			}
		}
	}
	drawn := 0
	for _, part := range strings.Split(svg, "M")[2:] {
		var x, y, w, back int
		if _, err := fmt.Sscanf(part, "%d %dh%dv1h-%dz", &x, &y, &w, &back); err != nil || w != back {
			t.Fatalf("part %q: %v", part, err)
		}
		drawn += w
	}
	if drawn != black {
		t.Errorf("%d modules drawn, %d are black", drawn, black)
	}
}
