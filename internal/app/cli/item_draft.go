package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func (c *cli) itemDraft() *cobra.Command {
	var file, siteCode, column, title, class string
	cmd := &cobra.Command{
		Use:   "draft --docx FILE --site SITE --column COLUMN",
		Short: "用 Word 文档起草一条信息，并列出没有原样导入的东西",
		Example: example(
			"guiyi item draft --docx 通知.docx --site qinghe --column xwdt/tzgg",
			"guiyi item draft --docx 办法.docx --site qinghe --column zwgk/zcwj --class document --title 清河市暂行办法"),
		Args: args(0, ""),
	}
	cmd.Flags().StringVar(&file, "docx", "", "Word 文档（.docx）")
	cmd.Flags().StringVar(&siteCode, "site", "", "站点")
	cmd.Flags().StringVar(&column, "column", "", "栏目路径")
	cmd.Flags().StringVar(&title, "title", "", "标题；不写则取文首的标题或文件名")
	cmd.Flags().StringVar(&class, "class", string(resource.Article), "类别：article、notice、document、interpretation、page")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		if file == "" || siteCode == "" || column == "" {
			return &usageError{fmt.Errorf("请用 --docx、--site 和 --column 指明文档、站点和栏目")}
		}
		s, err := siteOf(ctx, p, siteCode)
		if err != nil {
			return err
		}
		tree, err := p.Sites.Columns(ctx, s.ID)
		if err != nil {
			return err
		}
		col := tree.Path(column)
		if col == nil {
			return fault.New(fault.NotFound, "站点 %[1]s 没有栏目 %[2]s；栏目见 guiyi site show %[1]s", siteCode, column)
		}
		item := resource.Incoming{
			Owner:    s.ID,
			Class:    resource.Class(class),
			IndexOrg: s.Dossier.SponsorUSCC,
			Places:   []resource.Place{resource.PlaceIn(s.ID, col)},
			Edition:  resource.Edition{Title: title},
		}
		doc, err := c.readDocument(ctx, p, file, &item)
		if err != nil {
			return err
		}
		made, _, err := p.Items.Draft(ctx, item)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "已起草信息 %d：%s\n", made.ID, item.Edition.Title)
		for _, n := range doc.Report {
			fmt.Fprintf(c.out, "  %d 处　%s\n", n.Count, n.Text)
			for _, at := range n.Places {
				fmt.Fprintf(c.out, "　　　　%s\n", at)
			}
		}
		return nil
	})
	return cmd
}

// readDocument fills the edition of an item from a document.
func (c *cli) readDocument(ctx context.Context, p *app.Platform, file string,
	item *resource.Incoming) (*exchange.Converted, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开文档 %s", file)
	}
	defer f.Close()
	doc, err := p.Documents.Convert(ctx, item.Owner, filepath.Base(file), f)
	if err != nil {
		return nil, err
	}
	if item.Edition.Title == "" {
		item.Edition.Title = doc.Title
	}
	body, err := exchange.CleanBody(item.Class, doc.HTML)
	if err != nil {
		return nil, err
	}
	return doc, item.Edition.SetBody(body)
}
