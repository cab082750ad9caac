package table

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// known reports whether a column name is known in the tests.
func known(name string) bool {
	return slices.Contains([]string{"标题", "发布日期", "正文", "栏目", "文号", "序号"}, name)
}

// shown reads a file as an import does. It returns records as "name 标题=…" and leftovers as "- name why".
func shown(t *testing.T, at string, format source.Format) ([]string, error) {
	t.Helper()
	src := Open(at, format, false, func(context.Context) (string, error) { return "", nil })
	src.(source.Headed).SetKnown(known)
	var out []string
	for in, err := range src.Inputs(t.Context()) {
		switch {
		case err != nil:
			return out, err
		case in.Leftover != "":
			out = append(out, "- "+in.Name+" "+in.Leftover)
		case in.Problem != nil:
			out = append(out, "! "+in.Name+" "+fault.Text(in.Problem))
		default:
			var fields []string
			for k, v := range in.Fields {
				fields = append(fields, k+"="+v)
			}
			slices.Sort(fields)
			out = append(out, in.Name+" "+strings.Join(fields, " "))
		}
	}
	return out, nil
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

func check(t *testing.T, name string, got []string, err error, want ...string) {
	t.Helper()
	ok := err == nil && len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("%s: %v\n got %s\nwant %s", name, err, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"first line": {"标题,正文\n甲,乙\n", []string{"a.csv:2 标题=甲 正文=乙"}},
		"below a title": {"二〇二四年公文目录,,\n,,\n标题,发布日期,正文\n甲,2024-01-02,乙\n",
			[]string{"- a.csv:1 表头上方的文字，不是一条信息：二〇二四年公文目录", "a.csv:4 发布日期=2024-01-02 标题=甲 正文=乙"}},
		"below two lines, one of two cells": {"目录\n填报单位：办公室,2024年\n标题,正文\n甲,乙\n",
			[]string{"- a.csv:1", "- a.csv:2", "a.csv:4 标题=甲 正文=乙"}},
		"names nobody knows":   {"物品,数量\n车,2\n", []string{"a.csv:2 数量=2 物品=车"}},
		"title, unknown names": {"清单\n物品,数量\n车,2\n", []string{"- a.csv:1", "a.csv:3 数量=2 物品=车"}},
		"data that is a name":  {"物品,说明\n车,标题\n", []string{"a.csv:2 物品=车 说明=标题"}},
		"header on each page": {"标题,正文\n甲,乙\n标题,正文\n丙,丁\n",
			[]string{"a.csv:2", "- a.csv:3 重复的表头", "a.csv:4"}},
		"header of two lines": {"序号,文件,\n,标题,正文\n1,甲,乙\n", []string{"a.csv:3 序号=1 标题=甲 正文=乙"}},
		"totals": {"标题,发布日期,正文\n合计,2024-01-02,关于合计的说明\n合 计：,,\"1,234.5 万元\"\n总计,3,—\n小计划,,9\n",
			[]string{"a.csv:2 发布日期=2024-01-02 标题=合计 正文=关于合计的说明", "- a.csv:3 合计行，不是一条信息：合 计： 1,234.5 万元",
				"- a.csv:4 合计行", "a.csv:5 标题=小计划 正文=9"}},
		"columns nobody uses": {"序号,标题,正文,办理结果,备注\n1,甲,乙,同意,\n2,丙,丁,不同意,见附件,多\n", []string{
			"a.csv:2 办理结果=同意 序号=1 标题=甲 正文=乙", "a.csv:3 列6=多 办理结果=不同意 备注=见附件 序号=2 标题=丙 正文=丁",
			"- a.csv:1 没有用到的列，其中的内容没有导入：列6（1 行）、办理结果（2 行）、备注（1 行）"}},
		"header alone":       {"标题,正文\n", []string{"- a.csv:1 只有表头"}},
		"sep with semicolon": {"sep=;\r\n标题;正文\r\n甲;乙,丙\r\n", []string{"a.csv:3 标题=甲 正文=乙,丙"}},
		"sep in quotes":      {"\"sep=|\"\n标题|正文\n甲;乙|丙\n", []string{"a.csv:3 标题=甲;乙 正文=丙"}},
		"sep with a mark":    {"\ufeffSEP=\t\n标题\t正文\n甲,\t丙\n", []string{"a.csv:3 标题=甲, 正文=丙"}},
		"no sep, but text":   {"标题,正文\nsep=;,丙\n", []string{"a.csv:2 标题=sep=; 正文=丙"}},
		"guards": {"文号,标题,正文\n=\"00123\",\"=\"\"他说\"\"\"\"好\"\"\"\"\"\"\",'4401001234567\n",
			[]string{`a.csv:2 文号=00123 标题=他说"好" 正文=4401001234567`}},
		"no guards": {"文号,标题,正文\n=1+1,'90年代,it's\n", []string{"a.csv:2 文号==1+1 标题='90年代 正文=it's"}},
	} {
		got, err := shown(t, write(t, "a.csv", c.text), source.Separated)
		check(t, name, got, err, c.want...)
	}
	if _, err := shown(t, write(t, "a.csv", ",,\n , \n"), source.Separated); err == nil {
		t.Error("a table of nothing was taken")
	}
}

// sheets writes a workbook with these rows by sheet.
func sheets(t *testing.T, names []string, rows map[string][][]any, then func(x *excelize.File)) string {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	for i, name := range names {
		if i == 0 {
			_ = x.SetSheetName("Sheet1", name)
		} else if _, err := x.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for j, row := range rows[name] {
			cell, _ := excelize.CoordinatesToCellName(1, j+1)
			if err := x.SetSheetRow(name, cell, &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if then != nil {
		then(x)
	}
	at := filepath.Join(t.TempDir(), "a.xlsx")
	if err := x.SaveAs(at); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSheets(t *testing.T) {
	t.Parallel()
	head, row := []any{"标题", "正文"}, []any{"甲", "乙"}
	list := [][]any{head, row}
	at := sheets(t, []string{"2022", "空白", "底稿", "说明", "2023"}, map[string][][]any{
		"2022": list, "底稿": list, "2023": {head, {"丙", "丁"}}, "说明": {{"填表说明"}, {"一", "二"}, {"三", "四"}},
	}, func(x *excelize.File) { _ = x.SetSheetVisible("底稿", false) })
	got, err := shown(t, at, source.Workbook)
	check(t, "five sheets", got, err, "a.xlsx:2022:2 标题=甲 正文=乙", "- a.xlsx:空白 空的工作表", "- a.xlsx:底稿 隐藏的工作表",
		"- a.xlsx:说明:1 表头上方的文字", "- a.xlsx:说明:2 没有能识别的表头，这张工作表的 1 行", "a.xlsx:2023:2 标题=丙 正文=丁")

	at = sheets(t, []string{"S"}, map[string][][]any{"S": {{"目录"}, {"栏目", "标题"}, {"公告", "甲"}, {"", "乙"}, {"通知", "丙"},
		{"", "丁"}, {"", "戊"}}},
		func(x *excelize.File) {
			_ = x.MergeCell("S", "A1", "B1")
			_ = x.MergeCell("S", "A3", "A4")
			_ = x.MergeCell("S", "A5", "A6")
			_ = x.SetRowVisible("S", 5, false)
		})
	got, err = shown(t, at, source.Workbook)
	check(t, "merged, hidden row", got, err, "- a.xlsx:1 表头上方的文字，不是一条信息：目录", "a.xlsx:3 标题=甲 栏目=公告",
		"a.xlsx:4 标题=乙 栏目=公告",
		"- a.xlsx:5 隐藏的行", "a.xlsx:6 标题=丁 栏目=通知", "a.xlsx:7 标题=戊")

	at = sheets(t, []string{"S"}, map[string][][]any{"S": {{"序号", "标题", "日期", ""}, {"", "", "发布日期", "正文"}, {1, "甲",
		"2024-01-02", "乙"}}},
		func(x *excelize.File) {
			_ = x.MergeCell("S", "A1", "A2")
			_ = x.MergeCell("S", "B1", "B2")
			_ = x.MergeCell("S", "C1", "D1")
		})
	got, err = shown(t, at, source.Workbook)
	check(t, "two lines of header", got, err, "a.xlsx:3 发布日期=2024-01-02 序号=1 标题=甲 正文=乙")

	for name, at := range map[string]string{
		"one empty sheet": sheets(t, []string{"S"}, nil, nil),
		"all empty":       sheets(t, []string{"S", "T"}, nil, nil),
	} {
		if _, err := shown(t, at, source.Workbook); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestMarkupTables(t *testing.T) {
	t.Parallel()
	const rows = `<tr><td colspan=3>目录</td></tr><tr><th>栏目</th><th>标题</th><th>正文</th></tr><tr><td rowspan=2>公告</td><td>甲</td><td>一行<br>两行</td></tr>` +
		`<tr><td>乙</td><td><table><tr><td>内表</td></tr></table></td></tr><tr style="display:none"><td>暗</td><td>暗</td><td>暗</td></tr>`
	page := `<html xmlns:x="urn:schemas-microsoft-com:office:excel"><meta http-equiv=Content-Type content="text/html; charset=gb2312"><body><table>` + rows + `</table></body></html>`
	gb, _ := simplifiedchinese.GB18030.NewEncoder().String(page)
	for name, text := range map[string]string{"utf-8": strings.Replace(page, "gb2312", "utf-8", 1), "gb18030": gb} {
		got, err := shown(t, write(t, "a.xls", text), source.Page)
		check(t, name, got, err, "- a.xls:1 表头上方的文字，不是一条信息：目录", "a.xls:3 标题=甲 栏目=公告 正文=一行\n两行",
			"a.xls:4 标题=乙 栏目=公告 正文=内表", "- a.xls:5 隐藏的行")
	}
	got, err := shown(t, write(t, "a.xls", "<table><tr><td>布局</td></tr></table><table>"+rows+"</table>"), source.Page)
	check(t, "two tables", got, err, "- a.xls:表格1:1 只有表头", "- a.xls:表格2:1", "a.xls:表格2:3", "a.xls:表格2:4",
		"- a.xls:表格2:5")
	if _, err := shown(t, write(t, "a.xls", "<html><p>请先登录</p></html>"), source.Page); err == nil {
		t.Error("a page without a table was taken")
	}
}

const xml2003 = `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">` +
	`<Worksheet ss:Name="甲表"><Table><Row><Cell ss:MergeAcross="2"><Data ss:Type="String">目录</Data></Cell></Row><Row><Cell><Data ss:Type="String">栏目</Data></Cell><Cell><Data ss:Type="String">标题</Data></Cell><Cell><Data ss:Type="String">正文</Data></Cell></Row>` +
	`<Row ss:Index="5"><Cell ss:MergeDown="1"><Data ss:Type="String">公告</Data></Cell><Cell ss:Index="3"><Data ss:Type="DateTime">2024-01-02T00:00:00.000</Data></Cell></Row><Row><Cell ss:Index="2"><Data ss:Type="String">乙</Data></Cell></Row>` +
	`<Row ss:Hidden="1"><Cell><Data ss:Type="String">暗</Data></Cell></Row></Table></Worksheet><Worksheet ss:Name="底稿"><Table><Row><Cell><Data>标题</Data></Cell></Row></Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet><Worksheet ss:Name="空"/></Workbook>`

func TestSpreadsheet2003(t *testing.T) {
	t.Parallel()
	if got := source.Sniff([]byte(xml2003)); got != source.Spreadsheet2003 {
		t.Fatalf("format %d", got)
	}
	got, err := shown(t, write(t, "a.xls", xml2003), source.Spreadsheet2003)
	check(t, "two sheets", got, err, "- a.xls:甲表:1", "a.xls:甲表:5 栏目=公告 正文=2024-01-02", "a.xls:甲表:6 标题=乙 栏目=公告",
		"- a.xls:甲表:7 隐藏的行",
		"- a.xls:底稿 隐藏的工作表", "- a.xls:空 空的工作表")
	for name, text := range map[string]string{
		"cut": xml2003[:len(xml2003)/2], "entity": strings.Replace(xml2003, "?>", `?><!DOCTYPE x [<!ENTITY a "b">]>`,
			1),
		"empty": `<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`, "deep": xml2003[:200] +
			strings.Repeat("<a>", 100),
	} {
		if _, err := shown(t, write(t, "a.xls", text), source.Spreadsheet2003); err == nil || fault.Text(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzMarkup: HTML tables and XML workbooks of any form cause no panic. The number of records and leftovers is limited.
func FuzzMarkup(f *testing.F) {
	f.Add(xml2003)
	f.Add(`<table><tr><td rowspan=9999999 colspan=99999>标题</td></tr><tr><td rowspan=0>a<td>b</table>`)
	f.Add(
		`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table><Row ss:Index="999999"><Cell ss:Index="900" ss:MergeDown="99999999"><Data>x</Data></Cell></Row></Table></Worksheet></Workbook>`)
	at := filepath.Join(f.TempDir(), "a.xls")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, format := range []source.Format{source.Page, source.Spreadsheet2003} {
			got, err := shown(t, at, format)
			if err != nil && fault.KindOf(err) == fault.Internal {
				t.Fatalf("not for people: %v", err)
			}
			if rows := strings.Count(strings.ToLower(text), "<"); len(got) > rows {
				t.Errorf("%d lines of %d tags", len(got), rows)
			}
		}
	})
}
