package table

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// rows reads a table. A line that cannot be read is shown as "!" with its text.
func rows(text string) [][]string {
	r := newRecords(newPieces(strings.NewReader(text)))
	var out [][]string
	for {
		row, _, ok := r.next()
		if !ok {
			return out
		}
		if row == nil {
			row = []string{"!", r.bad}
		} else if r.width == 0 {
			r.width = len(row)
		}
		out = append(out, row)
	}
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want [][]string
	}{
		"plain":              {"a,b\r\n1,2\n\n3,4", [][]string{{"a", "b"}, {"1", "2"}, {"3", "4"}}},
		"empty cells":        {"a,b,c\n,,\n1,,", [][]string{{"a", "b", "c"}, {"", "", ""}, {"1", "", ""}}},
		"quoted":             {"a,b\n\"1,\"\"x\"\"\" ,\"\"\n", [][]string{{"a", "b"}, {`1,"x"`, ""}}},
		"several lines":      {"a,b\n\"1\n\n2\",3\n4,5\n", [][]string{{"a", "b"}, {"1\n\n2", "3"}, {"4", "5"}}},
		"quotes in the text": {"a,b\n他说\"好\",2\n", [][]string{{"a", "b"}, {`他说"好"`, "2"}}},
		"quotes in quotes":   {"a,b\n\"他说\"好\"的\",2\n", [][]string{{"a", "b"}, {`他说"好"的`, "2"}}},
		"lost end": {"a,b,c\n1,\"x,2\n3,y,4\n5,z,6\n",
			[][]string{{"a", "b", "c"}, {"!", `1,"x,2`}, {"3", "y", "4"}, {"5", "z", "6"}}},
		"two lost ends": {"a,b,c\n1,\"x,2\n3,y,4\n5,\"z,6\n7,u,8\n",
			[][]string{{"a", "b", "c"}, {"!", `1,"x,2`}, {"3", "y", "4"}, {"!", `5,"z,6`}, {"7", "u", "8"}}},
		"swallowed rows": {"a,b,c\n1,2,\"x\n3,4,5\n6,7,8\n9,0,y\"\n1,1,1\n",
			[][]string{{"a", "b", "c"}, {"!", `1,2,"x`}, {"3", "4", "5"}, {"6", "7", "8"}, {"9", "0", `y"`},
				{"1", "1", "1"}}},
		"tabs":             {"a\tb\n1,5\t2\n", [][]string{{"a", "b"}, {"1,5", "2"}}},
		"only blank lines": {"\n \n\r\n", nil},
		"open at the end":  {"a,b\n1,\"", [][]string{{"a", "b"}, {"!", `1,"`}}},
	} {
		if got := rows(c.text); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestRecordsBounded reads a table in which every line opens a quote. No line is lost, and the number of bytes scanned
// in vain is limited.
func TestRecordsBounded(t *testing.T) {
	const n = 200_000
	text := "a,b,c\n" + strings.Repeat("\"x,1\n", n)
	r := newRecords(newPieces(strings.NewReader(text)))
	got := 0
	for {
		row, _, ok := r.next()
		if !ok {
			break
		}
		if row == nil {
			got++
		} else {
			r.width = len(row)
		}
	}
	if got != n || r.budget < -2*len(text) {
		t.Errorf("%d of %d lines, budget %d", got, n, r.budget)
	}
}

// TestRecordsQuoted: quotes on every row of a long table do not use up the budget.
func TestRecordsQuoted(t *testing.T) {
	const n = 50_000
	var b strings.Builder
	b.WriteString("a,b,c,d\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,\"x\ny\",\"\"\"%d\"\"\",z\n", i, i)
	}
	got := rows(b.String())
	if len(got) != n+1 {
		t.Fatalf("%d rows, want %d", len(got), n+1)
	}
	for i, row := range got[1:] {
		if want := []string{strconv.Itoa(i), "x\ny", fmt.Sprintf("%q", strconv.Itoa(i)), "z"}; !reflect.DeepEqual(row,
			want) {
			t.Fatalf("row %d: %q, want %q", i, row, want)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add("a,b\n\"1\n2\",3\n")
	f.Add("a\tb\n\"\"\"\t\"x\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		r := newRecords(newPieces(strings.NewReader(text)))
		last := 0
		for {
			row, line, ok := r.next()
			if !ok {
				break
			}
			if line <= last {
				t.Fatalf("line %d after %d", line, last)
			}
			last = line
			if r.width == 0 && row != nil {
				r.width = len(row)
			}
		}
		if r.rest != "" {
			t.Errorf("left over: %q", r.rest)
		}
	})
}

func TestRowFields(t *testing.T) {
	got := rowFields(cleanHeader([]string{"\ufeff标 题 ", "", "备注", "备注"}), []string{" 甲 ", "乙", "丙", "丁", "戊"})
	want := map[string]string{"标 题": "甲", "列2": "乙", "备注": "丙\n丁", "列5": "戊"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestJSONFields(t *testing.T) {
	got,
		err := jsonFields(
		[]byte(`{"a":"x","b":1.50,"c":null,"d":["p","q",3],"e":{"f":[1]},"g":true,"h":12345678901234567890}`))
	want := map[string]string{"a": "x", "b": "1.50", "c": "", "d": "p\nq\n3", "e": `{"f":[1]}`, "e.f": "[1]", "g": "true",
		"h": "12345678901234567890"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %v", got, err)
	}
	for in, title := range map[string]string{
		`{"code":0,"msg":"ok","data":{"title":"甲"}}`: "甲", `{"_id":"7","_source":{"title":"甲"}}`: "甲",
		`{"data":{"result":{"title":"甲"}}}`: "甲", `{"total":1,"data":{"title":"甲"}}`: "",
		`{"title":"乙","data":{"title":"甲"}}`: "乙", `{"a":{"title":"甲"},"b":{"title":"乙"}}`: "",
		`{"data":{}}`: "", `{"data":[{"title":"甲"}]}`: "",
	} {
		f, err := jsonFields([]byte(in))
		if err != nil || f["title"] != title || strings.Contains(in, "_id") && f["_id"] != "7" {
			t.Errorf("%s: %v %v, want title %q", in, f, err, title)
		}
	}
	if f, err := jsonFields([]byte(`{"title":"甲","meta":{"pubDate":1709602200000,"from":{"name":"清河日报"}}}`)); err != nil ||
		f["meta.pubDate"] != "1709602200000" || f["meta.from.name"] != "清河日报" || f["name"] != "" {
		t.Errorf("nested: %v %v", f, err)
	}
	for _, bad := range []string{"", "[1]", `"x"`, "{", `{"a":1}{"b":2}`, `{"a":1} x`,
		"{\"a\":\"\xff\xfe\x00\x01\x02\x03", strings.Repeat("[", 100000), `{"a":` + strings.Repeat("[", 100000)} {
		if f, err := jsonFields([]byte(bad)); err == nil {
			t.Errorf("%.20q: %v", bad, f)
		}
	}
}
