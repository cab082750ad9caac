package site

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/yamlfile"
)

// Declaration is the content of the YAML file that declares one site.
type Declaration struct {
	Site    string       `yaml:"site"`
	Parent  string       `yaml:"parent"`
	Name    string       `yaml:"name"`
	Title   string       `yaml:"title"`
	Kind    string       `yaml:"kind"`
	State   State        `yaml:"state"`
	Theme   string       `yaml:"theme"`
	Domains []string     `yaml:"domains"`
	Dossier Dossier      `yaml:"dossier"`
	Links   []LinkGroup  `yaml:"links"`
	Hot     []string     `yaml:"hot"`
	Columns []ColumnDecl `yaml:"columns"`
	Home    []Block      `yaml:"home"`

	File string `yaml:"-"` // name of the file
}

// ColumnDecl declares one column and its children.
type ColumnDecl struct {
	Slug        string       `yaml:"slug"`
	Name        string       `yaml:"name"`
	Description string       `yaml:"description"`
	Keywords    []string     `yaml:"keywords"`
	Types       []string     `yaml:"types"`
	Update      string       `yaml:"update"`
	Kind        Kind         `yaml:"kind"`
	URL         string       `yaml:"url"`
	Nav         *bool        `yaml:"nav"` // default: true for top columns
	Children    []ColumnDecl `yaml:"children"`
}

var slugPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// maxColumnDepth is the greatest number of levels of a column tree. Real sites use at most four.
const maxColumnDepth = 8

// ReadDeclarations reads all *.yaml files of a folder. Its error lists the faults of all files, each with its file.
func ReadDeclarations(dir fs.FS) ([]Declaration, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.New(fault.NotFound, "文件夹里没有站点声明（*.yaml）")
	}
	var decls []Declaration
	var lines []string
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			lines = append(lines, name+"："+unread(err))
			continue
		}
		d, faults := parse(text)
		for _, f := range faults {
			lines = append(lines, name+"："+f)
		}
		d.File = name
		decls = append(decls, d)
	}
	return decls, wrong(append(lines, checkTogether(decls)...))
}

// unread returns the reason why a file cannot be read, or a general text when the error has no text for users.
func unread(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return "读不出来"
	}
	return fault.Text(err)
}

// maxLines is the greatest number of faults in one error.
const maxLines = 50

func wrong(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	if more := len(lines) - maxLines; more > 0 {
		lines = append(lines[:maxLines:maxLines], fmt.Sprintf("另有 %d 处", more))
	}
	return fault.New(fault.Invalid, "站点声明有误：\n  %s", strings.Join(lines, "\n  "))
}

// ParseDeclaration parses the declaration of one site. It refuses unknown keys and reports their line.
func ParseDeclaration(text []byte) (Declaration, error) {
	d, faults := parse(text)
	return d, wrong(faults)
}

// parse parses the declaration of one site and returns all its faults.
func parse(text []byte) (Declaration, []string) {
	var d Declaration
	faults, read := yamlfile.Decode(text, &d)
	if !read {
		return d, faults
	}
	refuse := func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) }
	d.State = cmp.Or(d.State, Applying)
	d.Kind = cmp.Or(d.Kind, "department")
	d.Theme = cmp.Or(d.Theme, "default")
	d.check(refuse)
	return d, faults
}

type refusal func(format string, a ...any)

func (d *Declaration) check(refuse refusal) {
	if !slugPattern.MatchString(d.Site) {
		refuse("site 应是小写字母、数字和连字符，得到 %q", d.Site)
	}
	if d.Name == "" {
		refuse("name（网站名称）不能为空")
	}
	if !slices.Contains([]string{"portal", "department", "special"}, d.Kind) {
		refuse("kind 只能是 portal、department 或 special，得到 %q", d.Kind)
	}
	if !slices.Contains(states, d.State) {
		refuse("state %q 不认识", d.State)
	}
	hosts := map[string]bool{}
	for _, h := range d.Domains {
		if hosts[h] {
			refuse("域名 %s 写了两次", h)
		}
		hosts[h] = true
	}
	if day := d.Dossier.OpenedOn; day != "" {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			refuse("opened 应写成 2026-01-31 这样的日期，得到 %q", day)
		}
	}
	checkColumnDecls(d.Columns, "", 1, refuse)
	d.checkBlocks(refuse)
	d.checkLinks(refuse)
}

// checkBlocks refuses blocks of unknown kinds and blocks that show a column which is not declared.
func (d *Declaration) checkBlocks(refuse refusal) {
	have := map[string]bool{"": true}
	for _, c := range d.columns() {
		have[c.Path] = true
	}
	for i, b := range d.Home {
		if !slices.Contains(blockKinds, b.Block) {
			refuse("home 第 %d 块的 block %q 不认识，可用：%s", i+1, b.Block, strings.Join(blockKinds, "、"))
		}
		for _, at := range append([]string{b.Column, b.Interpretations}, b.Columns...) {
			if !have[at] {
				refuse("home 第 %d 块要显示的栏目 %s 没有声明", i+1, at)
			}
		}
		if b.Count < 0 {
			refuse("home 第 %d 块的 count 不能是负数", i+1)
		}
	}
}

func (d *Declaration) checkLinks(refuse refusal) {
	for _, g := range d.Links {
		for _, l := range g.Items {
			if l.Name == "" || !linkTarget(l.URL) {
				refuse("友情链接“%s”里的 %q 要有名称，地址要写完整或以 / 开头，得到 %q", g.Group, l.Name, l.URL)
			}
		}
	}
}

func checkColumnDecls(decls []ColumnDecl, parent string, depth int, refuse refusal) {
	if depth > maxColumnDepth && len(decls) > 0 {
		refuse("栏目 %s 之下超过 %d 层", parent, maxColumnDepth)
		return
	}
	seen := map[string]bool{}
	for _, c := range decls {
		at := path.Join(parent, c.Slug)
		if !slugPattern.MatchString(c.Slug) {
			refuse("栏目 slug 应是小写字母、数字和连字符，得到 %q（在 %q 之下）", c.Slug, parent)
		}
		if parent == "" && !address.MayBeColumn(c.Slug) {
			refuse("栏目不能叫 %s：这个地址由平台自己使用", c.Slug)
		}
		if seen[c.Slug] {
			refuse("栏目 %s 声明了两次", at)
		}
		seen[c.Slug] = true
		checkColumnDecl(c, at, refuse)
		checkColumnDecls(c.Children, at, depth+1, refuse)
	}
}

func checkColumnDecl(c ColumnDecl, at string, refuse refusal) {
	fixed, ok := fixedName(at)
	if c.Name == "" && !ok {
		refuse("栏目 %s 没有名称", at)
	}
	if ok && c.Name != "" && c.Name != fixed {
		refuse("栏目 %s 的名称由国家统一规定为“%s”，不能改为“%s”", at, fixed, c.Name)
	}
	if ok && c.Kind != "" && c.Kind != KindDisclosure {
		refuse("栏目 %s 属于政府信息公开专栏，kind 只能是 disclosure", at)
	}
	if c.Kind != "" && c.Kind.Traits() == (KindTraits{}) {
		refuse("栏目 %s 的 kind %q 不认识", at, c.Kind)
	}
	if c.Kind.Traits().Link && !linkTarget(c.URL) {
		refuse("栏目 %s 是链接，url 要写完整地址或以 / 开头", at)
	}
	if c.Update != "" && !slices.Contains(updateClasses, c.Update) {
		refuse("栏目 %s 的 update %q 不认识，可用：%s", at, c.Update, strings.Join(updateClasses, "、"))
	}
}

// linkTarget reports whether s is an absolute web address or a path on the site.
func linkTarget(s string) bool {
	return httpURL(s) || strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
}

// fixedName returns the required name of a column of the disclosure frame. ok is false for other columns.
func fixedName(at string) (name string, ok bool) {
	if at == DisclosureRoot {
		return disclosureName, true
	}
	for _, n := range disclosureNodes {
		if at == DisclosureRoot+"/"+n.slug {
			return n.name, true
		}
	}
	return "", false
}

func checkTogether(decls []Declaration) []string {
	var lines []string
	codes, hosts := map[string]string{}, map[string]string{}
	for _, d := range decls {
		if other, ok := codes[d.Site]; ok && d.Site != "" {
			lines = append(lines, fmt.Sprintf("站点 %s 在 %s 和 %s 里都有声明", d.Site, other, d.File))
		}
		codes[d.Site] = d.File
		for _, h := range d.Domains {
			if other, ok := hosts[h]; ok && other != d.File {
				lines = append(lines, fmt.Sprintf("域名 %s 在 %s 和 %s 里都有", h, other, d.File))
			}
			hosts[h] = d.File
		}
	}
	return lines
}

// columns returns the declared columns without IDs, parents before children, including the disclosure frame.
func (d *Declaration) columns() []*Column {
	var out []*Column
	var walk func(decls []ColumnDecl, parent string)
	walk = func(decls []ColumnDecl, parent string) {
		for i, c := range decls {
			col := &Column{
				Slug:        c.Slug,
				Path:        path.Join(parent, c.Slug),
				Name:        c.Name,
				Description: c.Description,
				Keywords:    c.Keywords,
				Types:       c.Types,
				Update:      c.Update,
				Kind:        c.Kind,
				URL:         c.URL,
				Nav:         parent == "" && (c.Nav == nil || *c.Nav),
				Rank:        i + 1,
			}
			if col.Kind == "" {
				col.Kind = kinds[0].Kind
			}
			if col.Update == "" {
				col.Update = "static"
			}
			out = append(out, col)
			walk(c.Children, col.Path)
		}
	}
	walk(d.Columns, "")
	return withDisclosureFrame(out)
}

// withDisclosureFrame adds the missing columns of the disclosure frame. In the declared ones it sets the required names
// and kinds (国办公开办函〔2019〕61号: every organ has the same columns).
func withDisclosureFrame(cols []*Column) []*Column {
	byPath := map[string]*Column{}
	last := 0
	for _, c := range cols {
		byPath[c.Path] = c
		if !strings.Contains(c.Path, "/") {
			last = c.Rank
		}
	}
	root := byPath[DisclosureRoot]
	if root == nil {
		root = &Column{
			Slug:   DisclosureRoot,
			Path:   DisclosureRoot,
			Nav:    true,
			Rank:   last + 1,
			Update: "policy",
		}
		cols = append(cols, root)
	}
	root.Name, root.Kind, root.Fixed = disclosureName, KindDisclosure, true
	if root.Description == "" {
		root.Description = "政府信息公开指南、制度、法定主动公开内容和年报"
	}
	if len(root.Types) == 0 {
		root.Types = []string{"信息公开目录"}
	}
	for i, n := range disclosureNodes {
		at := DisclosureRoot + "/" + n.slug
		c := byPath[at]
		if c == nil {
			c = &Column{Slug: n.slug, Path: at, Update: n.update}
			cols = append(cols, c)
		}
		c.Name, c.Kind, c.Types, c.Fixed, c.Rank = n.name, KindDisclosure, []string{n.columnType}, true, i+1
		if c.Description == "" {
			c.Description = n.name
		}
	}
	for _, c := range cols { // other declared columns come after the fixed ones
		if path.Dir(c.Path) == DisclosureRoot && !c.Fixed {
			c.Rank += len(disclosureNodes)
		}
	}
	return cols
}
