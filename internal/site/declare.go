package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"guiyi/internal/kernel/fault"
)

// Declaration is one site as its YAML file says it.
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

	File string `yaml:"-"` // where it was read from
}

// ColumnDecl is one column with its children.
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

// maxColumnDepth bounds the tree; real sites use four levels at most.
const maxColumnDepth = 8

// ReadDeclarations reads every *.yaml file of a folder. All faults of all files come
// back together, each naming its file.
func ReadDeclarations(dir fs.FS) ([]Declaration, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.New(fault.NotFound, "文件夹里没有站点声明（*.yaml）")
	}
	var decls []Declaration
	var errs []error
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d, err := ParseDeclaration(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path.Base(name), err))
			continue
		}
		d.File = name
		decls = append(decls, d)
	}
	errs = append(errs, checkTogether(decls)...)
	if len(errs) > 0 {
		return nil, fault.Wrap(fault.Invalid, errors.Join(errs...), "站点声明有误：\n%s", joinLines(errs))
	}
	return decls, nil
}

// ParseDeclaration reads one site. Unknown keys are refused with their line.
func ParseDeclaration(text []byte) (Declaration, error) {
	var d Declaration
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return d, fault.Wrap(fault.Invalid, err, "不是正确的站点声明：%v", err)
	}
	if d.State == "" {
		d.State = Applying
	}
	if d.Kind == "" {
		d.Kind = "department"
	}
	if d.Theme == "" {
		d.Theme = "default"
	}
	var errs []error
	refuse := func(format string, a ...any) { errs = append(errs, fault.New(fault.Invalid, format, a...)) }
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
	checkBlocks(&d, refuse)
	checkColumnDecls(d.Columns, "", 1, refuse)
	return d, errors.Join(errs...)
}

func checkBlocks(d *Declaration, refuse func(string, ...any)) {
	for i, b := range d.Home {
		if !slices.Contains(blockKinds, b.Block) {
			refuse("home 第 %d 块的 block %q 不认识，可用：%s", i+1, b.Block, strings.Join(blockKinds, "、"))
		}
	}
}

func checkColumnDecls(decls []ColumnDecl, parent string, depth int, refuse func(string, ...any)) {
	if depth > maxColumnDepth {
		refuse("栏目 %s 之下超过 %d 层", parent, maxColumnDepth)
		return
	}
	seen := map[string]bool{}
	for _, c := range decls {
		at := path.Join(parent, c.Slug)
		if !slugPattern.MatchString(c.Slug) {
			refuse("栏目 slug 应是小写字母、数字和连字符，得到 %q（在 %q 之下）", c.Slug, parent)
		}
		if seen[c.Slug] {
			refuse("栏目 %s 声明了两次", at)
		}
		seen[c.Slug] = true
		if c.Name == "" && !isFixed(at) {
			refuse("栏目 %s 没有名称", at)
		}
		if c.Kind != "" && !slices.Contains(kinds, c.Kind) {
			refuse("栏目 %s 的 kind %q 不认识", at, c.Kind)
		}
		if c.Kind == KindLink && !httpURL(c.URL) && !strings.HasPrefix(c.URL, "/") {
			refuse("栏目 %s 是链接，url 要写完整地址或以 / 开头", at)
		}
		if c.Update != "" && !slices.Contains(updateClasses, c.Update) {
			refuse("栏目 %s 的 update %q 不认识，可用：%s", at, c.Update, strings.Join(updateClasses, "、"))
		}
		checkColumnDecls(c.Children, at, depth+1, refuse)
	}
}

// isFixed reports whether a path belongs to the disclosure frame every site has.
func isFixed(at string) bool {
	if at == DisclosureRoot {
		return true
	}
	for _, n := range disclosureNodes {
		if at == DisclosureRoot+"/"+n.slug {
			return true
		}
	}
	return false
}

func checkTogether(decls []Declaration) []error {
	var errs []error
	codes, hosts := map[string]string{}, map[string]string{}
	for _, d := range decls {
		if other, ok := codes[d.Site]; ok {
			errs = append(errs, fault.New(fault.Invalid, "站点 %s 在 %s 和 %s 里都有声明", d.Site, other, d.File))
		}
		codes[d.Site] = d.File
		for _, h := range d.Domains {
			if other, ok := hosts[h]; ok {
				errs = append(errs, fault.New(fault.Invalid, "域名 %s 同时属于 %s 和 %s", h, other, d.Site))
			}
			hosts[h] = d.Site
		}
	}
	return errs
}

func joinLines(errs []error) string {
	lines := make([]string, len(errs))
	for i, err := range errs {
		lines[i] = "  " + err.Error()
	}
	return strings.Join(lines, "\n")
}

// columns turns the declared tree into columns without ids, parents before children,
// with the disclosure frame added.
func (d *Declaration) columns() []*Column {
	var out []*Column
	var walk func(decls []ColumnDecl, parent string)
	walk = func(decls []ColumnDecl, parent string) {
		for i, c := range decls {
			col := &Column{
				Slug: c.Slug, Path: path.Join(parent, c.Slug), Name: c.Name, Description: c.Description,
				Keywords: c.Keywords, Types: c.Types, Update: c.Update, Kind: c.Kind, URL: c.URL,
				Nav: parent == "" && (c.Nav == nil || *c.Nav), Rank: i + 1,
			}
			if col.Kind == "" {
				col.Kind = KindList
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

// withDisclosureFrame adds what is missing of the frame and restores the fixed names
// and kinds of what was declared (国办公开办函〔2019〕61号: same nodes for every organ).
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
		root = &Column{Slug: DisclosureRoot, Path: DisclosureRoot, Nav: true, Rank: last + 1, Update: "policy"}
		cols = append(cols, root)
	}
	root.Name, root.Kind, root.Fixed = "政府信息公开", KindDisclosure, true
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
	for _, c := range cols { // further declared nodes come after the fixed ones
		if path.Dir(c.Path) == DisclosureRoot && !c.Fixed {
			c.Rank += len(disclosureNodes)
		}
	}
	return cols
}
