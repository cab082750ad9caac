package publish

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
)

// prose is Chinese HTML of about n bytes, always the same for the same seed.
func prose(seed uint64, n int) string {
	g := rand.New(rand.NewPCG(20261123, seed))
	words := strings.Fields(`全市 各县区 有关部门 深入 贯彻 落实 会议 精神 扎实 推进 重点 项目 建设 优化 营商 环境 提升 政务 服务 水平 保障 改善 民生 加强 安全 生产 监管
		生态 保护 乡村 振兴 产业 转型 升级 科技 创新 人才 引进 企业 融资 减税 降费 就业 创业 社会 保险 养老 医疗 教育 公平 交通 水利 基础 设施 防汛 抗旱 工作 安排 部署 督查 考核`)
	var b strings.Builder
	for b.Len() < n {
		b.WriteString("<p>")
		for range 30 + g.IntN(40) {
			b.WriteString(words[g.IntN(len(words))])
			if g.IntN(9) == 0 {
				b.WriteString("，")
			}
		}
		b.WriteString("。</p>\n")
	}
	return b.String()
}

// benchSite has twelve columns and thirty links in the footer.
func benchSite(hot string) string {
	var b strings.Builder
	head, _, _ := strings.Cut(portal(""), "columns:")
	b.WriteString(head)
	fmt.Fprintf(&b, "hot: [公积金提取, %s]\nlinks:\n  - group: 部门\n    items:\n", hot)
	for i := range 30 {
		fmt.Fprintf(&b, "      - { name: 市第%d局, url: \"https://d%d.qinghe.gov.cn/\" }\n", i+1, i+1)
	}
	b.WriteString("columns:\n")
	for i := range 12 {
		fmt.Fprintf(&b, "  - { slug: c%d, name: 栏目%d, types: [工作动态], description: 栏目%d的说明 }\n", i, i, i)
	}
	return b.String()
}

// fill receives n items spread over the columns of benchSite.
func (c *city) fill(n int) {
	c.t.Helper()
	var batch []draft
	newest := start.Add(-time.Hour)
	for i := range n {
		at := newest.Add(-time.Duration(i) * 37 * time.Minute)
		batch = append(batch, draft{title: fmt.Sprintf("清河市人民政府关于做好第%d项重点工作的通知", i), at: at,
			places: []string{fmt.Sprintf("qinghe:c%d", i%12)},
			change: func(in *resource.Incoming) {
				in.Edition.Body = prose(uint64(i), 3<<10)
				in.Edition.Text = strings.NewReplacer("<p>", "", "</p>", "").Replace(in.Edition.Body)
				in.Edition.Author, in.Edition.Editor, in.Edition.Keywords = "沈佳宁", "许明哲", []string{"重点工作", "清河市"}
			}})
		if len(batch) == 500 || i == n-1 {
			c.receive(batch...)
			batch = batch[:0]
		}
	}
}

// BenchmarkFullBuild: GUIYI_BENCH_PAGES pages (2,000 without it), first published, then
// all of them changed by a word in the frame, then nothing changed.
func BenchmarkFullBuild(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("GUIYI_BENCH_PAGES"))
	n = max(n, 2000)
	c := newCity(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	c.spy.off = true
	c.apply(nil, benchSite("入学报名"))
	c.fill(n)
	runtime.GC()
	began := time.Now()
	c.drain()
	b.ReportMetric(time.Since(began).Seconds(), "first-s")
	for i := 0; b.Loop(); i++ {
		c.apply(nil, benchSite(fmt.Sprint("热词", i)))
		c.drain()
	}
	began = time.Now()
	if _, err := c.pub.Build(c.ctx, c.site("qinghe").ID); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "unchanged-s")
	b.ReportMetric(float64(n), "pages")
}
