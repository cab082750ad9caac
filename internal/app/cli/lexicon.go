package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/lexicon"
	"guiyi/internal/lexicon/check"
)

func (c *cli) check() *cobra.Command {
	var siteCode string
	var item int64
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "检查内容：错别字、敏感词、发文字号、个人信息、链接、格式",
		Long:  "检查一个文件（HTML 或纯文本，- 为标准输入）或一条信息，按站点的词库和级别。有阻断发布的问题时退出码为 1。",
		Example: example(
			"guiyi check article.html --site qinghe",
			"guiyi check --item 3051"),
	}
	cmd.Args = func(_ *cobra.Command, given []string) error {
		if (len(given) == 1) == (item != 0) || len(given) > 1 {
			return &usageError{fmt.Errorf("用法：guiyi check FILE --site 站点，或 guiyi check --item 编号")}
		}
		if len(given) == 1 && siteCode == "" {
			return &usageError{fmt.Errorf("请用 --site 指明按哪个站点的词库检查")}
		}
		return nil
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "站点")
	cmd.Flags().Int64Var(&item, "item", 0, "信息编号")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		owner, doc, err := c.document(ctx, p, siteCode, item, args)
		if err != nil {
			return err
		}
		report, err := p.Lexicon.Check(ctx, owner, item, doc)
		if err != nil {
			return err
		}
		c.printReport(report)
		if report.Blocks() {
			return errFound
		}
		return nil
	})
	return cmd
}

// document reads what is to be checked, and whose it is.
func (c *cli) document(ctx context.Context, p *app.Platform, siteCode string, item int64, args []string) (int64,
	check.Document, error) {
	if item != 0 {
		it, ed, err := p.Library.Item(ctx, item)
		if err != nil {
			return 0, check.Document{}, err
		}
		doc, err := check.ParseHTML(ed.Body)
		doc.Title = ed.Title
		for _, f := range ed.Files {
			doc.Files = append(doc.Files, check.File{Name: f.Name})
		}
		return it.Owner, doc, err
	}
	s, err := siteOf(ctx, p, siteCode)
	if err != nil {
		return 0, check.Document{}, err
	}
	text, err := readInput(args[0])
	if err != nil {
		return 0, check.Document{}, err
	}
	if ext := strings.ToLower(filepath.Ext(args[0])); ext == ".txt" || ext == ".md" || !strings.Contains(text, "<") {
		return s.ID, check.ParseText(text), nil
	}
	doc, err := check.ParseHTML(text)
	return s.ID, doc, err
}

// readInput reads a file, or the standard input for "-".
func readInput(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(os.Stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}

func (c *cli) printReport(r check.Report) {
	names := map[string]string{}
	for _, k := range check.Kinds() {
		names[k.Code] = k.Name
	}
	levels := map[check.Level]string{check.Block: "阻断", check.Warn: "警告", check.Hint: "提示"}
	parts := map[check.Part]string{check.InTitle: "标题", check.InText: "第 %d 段", check.InImage: "第 %d 张图片",
		check.InTable: "第 %d 个表格", check.InFile: "第 %d 个附件"}
	for _, f := range r.Findings {
		place := parts[f.Part]
		if strings.Contains(place, "%d") {
			place = fmt.Sprintf(place, f.Index+1)
		}
		fmt.Fprintf(c.out, "%s %s %s“%s”：%s", levels[f.Level], names[f.Code], place, f.Text, f.Reason)
		if len(f.Suggest) > 0 && f.Suggest[0] != "" {
			fmt.Fprintf(c.out, "建议改为“%s”。", f.Suggest[0])
		}
		fmt.Fprintln(c.out)
	}
	fmt.Fprintf(c.out, "共 %d 处，另有 %d 处已说明理由忽略\n", len(r.Findings), r.Ignored)
	if r.Truncated {
		fmt.Fprintln(c.out, "没有列全，改正后请再检查")
	}
}

func (c *cli) lexicon() *cobra.Command {
	cmd := &cobra.Command{Use: "lexicon", Short: "词库：列出、导入、恢复"}
	cmd.AddCommand(c.lexiconList(), c.lexiconImport(), c.lexiconRestore())
	return cmd
}

func (c *cli) lexiconList() *cobra.Command {
	var siteCode string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "列出随带的、全平台的和站点的词库",
		Example: example("guiyi lexicon list --site qinghe"),
		Args:    args(0, ""),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "站点；不写只列全平台的")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		owner, err := ownerOf(ctx, p, siteCode)
		if err != nil {
			return err
		}
		all, err := p.Lexicon.Dictionaries(ctx, owner)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "编号\t代码\t种类\t词条\t版本\t名称")
		for _, d := range all {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\n", d.ID, d.Code, d.Kind, d.Entries, d.Version, d.Name)
		}
		return w.Flush()
	})
	return cmd
}

// ownerOf returns the number of a site, 0 for "".
func ownerOf(ctx context.Context, p *app.Platform, siteCode string) (int64, error) {
	if siteCode == "" {
		return 0, nil
	}
	s, err := siteOf(ctx, p, siteCode)
	if err != nil {
		return 0, err
	}
	return s.ID, nil
}

func (c *cli) lexiconImport() *cobra.Command {
	var in lexicon.Import
	var siteCode, level string
	var dry bool
	cmd := &cobra.Command{
		Use:   "import CODE FILE",
		Short: "以文件（TSV 或 CSV）代替词库的全部词条，立即生效",
		Long:  "文件每行一条：词、应写作（几个用 | 分开）、理由、级别、例外。没有这个词库就建立，这时要写 --kind 和 --name。",
		Example: example(
			"guiyi lexicon import local words.tsv --site qinghe --kind word.wrong --name 本站错别字",
			"guiyi lexicon import banned banned.csv --kind word.sensitive --name 敏感词 --level block --dry-run"),
		Args: args(2, "CODE FILE"),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "站点；不写为全平台的词库")
	cmd.Flags().StringVar(&in.Kind, "kind", "", "种类："+strings.Join(lexicon.Kinds(), "、"))
	cmd.Flags().StringVar(&in.Name, "name", "", "名称")
	cmd.Flags().StringVar(&level, "level", "", "级别：block、warn、hint、off")
	cmd.Flags().StringVar(&in.Note, "note", "", "说明")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "只说明会改动什么")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) (err error) {
		if in.Owner, err = ownerOf(ctx, p, siteCode); err != nil {
			return err
		}
		text, err := readInput(args[1])
		if err != nil {
			return err
		}
		in.Code, in.Level, in.Content = args[0], check.Level(level), []byte(text)
		all, err := p.Lexicon.Dictionaries(ctx, in.Owner)
		if err != nil {
			return err
		}
		for _, d := range all {
			if !d.Builtin && d.Owner == in.Owner && d.Code == in.Code {
				in.Version = d.Version
			}
		}
		_, changes, err := p.Lexicon.Import(ctx, in, dry)
		if err != nil {
			return err
		}
		c.printChanges(changes)
		return nil
	})
	return cmd
}

func (c *cli) printChanges(changes lexicon.Changes) {
	for _, s := range changes.Samples {
		switch {
		case s.Was.Word == "":
			fmt.Fprintf(c.out, "+ %s %s\n", s.Is.Word, s.Is.Suggest)
		case s.Is.Word == "":
			fmt.Fprintf(c.out, "- %s %s\n", s.Was.Word, s.Was.Suggest)
		default:
			fmt.Fprintf(c.out, "~ %s %s → %s\n", s.Is.Word, s.Was.Suggest, s.Is.Suggest)
		}
	}
	fmt.Fprintf(c.out, "新增 %d、删除 %d、修改 %d\n", changes.Added, changes.Removed, changes.Changed)
}

func (c *cli) lexiconRestore() *cobra.Command {
	var version, to int64
	cmd := &cobra.Command{
		Use:     "restore DICTIONARY",
		Short:   "把词库的较早一版再导入一次",
		Example: example("guiyi lexicon restore 3051 --version 4 --to 3"),
		Args:    args(1, "DICTIONARY"),
	}
	cmd.Flags().Int64Var(&version, "version", 0, "现在的版本号")
	cmd.Flags().Int64Var(&to, "to", 0, "恢复到哪一版")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, err := parseIDs(args)
		if err != nil {
			return err
		}
		_, changes, err := p.Lexicon.Restore(ctx, ids[0], version, to)
		if err != nil {
			return err
		}
		c.printChanges(changes)
		return nil
	})
	return cmd
}
