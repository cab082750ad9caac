package dump

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

var all = []Column{{"a", Int}, {"b", Float}, {"c", Bool}, {"d", Text}, {"e", Bytes}}

func TestRowHasOneForm(t *testing.T) {
	for _, c := range []struct {
		row  []any
		want string
	}{
		{[]any{int64(math.MaxInt64), 0.1, true, "县政府 <b>&", []byte{0, 255}},
			`[9223372036854775807,0.1,true,"县政府 <b>&",{"base64":"AP8="}]`},
		{[]any{int64(math.MinInt64), -1e300, int64(0), "a\"\\/\n\x00\x1f\x7f\u2028", []byte{}},
			`[-9223372036854775808,-1e+300,false,"a\"\\/\u000a\u0000\u001f` + "\x7f\u2028" + `",{"base64":""}]`},
		{[]any{nil, nil, nil, nil, nil}, `[null,null,null,null,null]`},
		{[]any{int64(-0), 0.0, int64(1), "\xff\xfe", []byte("x")}, `[0,0,true,{"base64":"//4="},{"base64":"eA=="}]`},
	} {
		line, err := AppendRow(nil, all, c.row)
		if err != nil || string(line) != c.want+"\n" {
			t.Errorf("%v: %s, %v", c.row, line, err)
			continue
		}
		got := make([]any, len(all))
		if err := ParseRow(line, all, got); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if n, ok := c.row[2].(int64); ok {
			c.row[2] = n == 1
		}
		if !reflect.DeepEqual(got, c.row) {
			t.Errorf("%s: read back as %v", line, got)
		}
		var std []any // any reader of JSON understands it
		if err := json.Unmarshal(line, &std); err != nil || len(std) != len(all) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestRowRefusesForeignTypes(t *testing.T) {
	for _, row := range [][]any{
		{"1", nil, nil, nil, nil}, {true, nil, nil, nil, nil}, {nil, int64(1), nil, nil, nil},
		{nil, math.NaN(), nil, nil, nil}, {nil, math.Inf(1), nil, nil, nil},
		{nil, nil, int64(2), nil, nil}, {nil, nil, nil, int64(1), nil}, {nil, nil, nil, []byte("a"), nil},
		{nil, nil, nil, nil, "a"}, {nil, nil, nil, nil, struct{}{}},
	} {
		if line, err := AppendRow(nil, all, row); err == nil {
			t.Errorf("%#v was taken: %s", row, line)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := `[1,1,true,"a",null]` + "\n"
	row := make([]any, len(all))
	if err := ParseRow([]byte(good), all, row); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "\n", "[]\n", `[1,1,true,"a"]` + "\n", `[1,1,true,"a",null,1]` + "\n", strings.TrimSuffix(good, "\n"),
		good + good, " " + good,
		`[1, 1,true,"a",null]` + "\n", `[01,1,true,"a",null]` + "\n", `[+1,1,true,"a",null]` + "\n",
		`[-0,1,true,"a",null]` + "\n", `[1.0,1,true,"a",null]` + "\n",
		`[9223372036854775808,1,true,"a",null]` + "\n", `[1,1e400,true,"a",null]` + "\n",
		`[1,1.0,true,"a",null]` + "\n", `[1,NaN,true,"a",null]` + "\n", `[1,1,1,"a",null]` + "\n",
		`[1,1,true,"\u0041",null]` + "\n", `[1,1,true,"\n",null]` + "\n", `[1,1,true,"\u000A",null]` + "\n",
		"[1,1,true,\"\t\",null]\n", "[1,1,true,\"\xff\",null]\n",
		`[1,1,true,"a\` + "\n", `[1,1,true,"a` + "\n", `[1,1,true,{"base64":"YQ=="},null]` + "\n",
		`[1,1,true,"a","b"]` + "\n", `[1,1,true,"a",{"base64":"YQ"}]` + "\n",
		`[1,1,true,"a",{"base64":"YR=="}]` + "\n", `[1,1,true,"a",{"base64":"Y!=="}]` + "\n",
		`[1,1,true,"a",{"base64":"YQ=="` + "\n", "[1,1,true,\"a\",{\"base64\":\"Y\nQ==\"}]\n",
		`[1,1,true,"a",{"a":1}]` + "\n",
	} {
		if err := ParseRow([]byte(bad), all, row); !errors.Is(err, ErrLine) {
			t.Errorf("%q was read as %v, %v", bad, row, err)
		}
	}
}

// FuzzParseRow: what is read is written again as it was, so no two lines mean the same row.
func FuzzParseRow(f *testing.F) {
	f.Add([]byte(`[1,0.5,true,"a\"\u0000",{"base64":"AA=="}]` + "\n"))
	f.Add([]byte(`[null,null,null,{"base64":"/w=="},null]` + "\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		row := make([]any, len(all))
		if ParseRow(line, all, row) != nil {
			return
		}
		again, err := AppendRow(nil, all, row)
		if err != nil || !bytes.Equal(again, line) {
			t.Fatalf("%q became %q, %v", line, again, err)
		}
	})
}

func TestSum(t *testing.T) {
	sum := func(lines ...string) string {
		var s Sum
		for _, l := range lines {
			s.Add([]byte(l))
		}
		if s.Rows != int64(len(lines)) {
			t.Errorf("%d rows counted of %d", s.Rows, len(lines))
		}
		return s.String()
	}
	if sum("a", "b", "c") != sum("c", "a", "b") {
		t.Error("order must not matter")
	}
	seen := map[string]bool{}
	for _, lines := range [][]string{{}, {"a"}, {"a", "a"}, {"a", "a", "a"}, {"b"}, {"a", "b"}, {"ab"}} {
		s := sum(lines...)
		if seen[s] || len(s) != 64 {
			t.Errorf("%v has the sum of others: %s", lines, s)
		}
		seen[s] = true
	}
}

func TestOrder(t *testing.T) {
	tables := []Table{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	got, err := order(tables, map[string][]string{"a": {"b", "a"}, "b": {"c"}})
	if err != nil || got[0].Name != "c" || got[1].Name != "b" || got[2].Name != "a" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := order(tables, map[string][]string{"a": {"b"}, "b": {"a"}}); err == nil {
		t.Error("a circle was put in order")
	}
}
