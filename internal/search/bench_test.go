package search_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"guiyi/internal/search"
)

// words returns the words that generated official texts consist of.
func words() []string {
	return strings.Fields("公积金 提取 住房 保障 医疗 保险 报销 比例 调整 通知 公告 意见 办法 措施 若干 企业 中小 融资 贷款 贴息 供热 价格 入学 报名 小学 招生 户籍 办理 身份证 " +
		"营商 环境 优化 政务 服务 公开 信息 依法 行政 处罚 决定 规划 建设 项目 审批 工程 交通 道路 施工 绿化 河长 水利 农业 农村 振兴 补贴 就业 创业 培训 退休 养老 金融 税收 优惠 减免 " +
		"疫情 防控 应急 预案 安全 生产 检查 督查 考核 人事 任免 招聘 事业 单位 财政 预算 决算 审计 统计 公报 清河市 临水县 人民政府 办公室 市场监管局 教育局 民政局")
}

func generated(id int64, rng *rand.Rand) search.Document {
	all := words()
	text := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(all[min(rng.IntN(len(all)), rng.IntN(len(all)))])
			if i%9 == 8 {
				b.WriteRune(rune(0x4e00 + int(rng.ExpFloat64()*900)%8000))
				b.WriteString("，")
			}
		}
		return b.String()
	}
	d := doc(id, text(8), text(420))
	d.DocNo = fmt.Sprintf("清政发〔%d〕%d号", 2000+id%27, id/27+1)
	d.PublishedAt = day(2000+int(id%27), 1, 1) + id*1000
	d.Places[0].Site = []string{"qinghe", "linshui", "jiaotong", "jiaoyu"}[id%4]
	d.Type = []string{"公告", "政策文件", "要闻", "解读"}[id%3]
	return d
}

// BenchmarkHundredThousand builds an index of GUIYI_BENCH_DOCS (100,000) documents of about
// 1,000 characters and measures queries, publish-to-findable time and size. Run with
// -benchtime=1x; the figures are reported as metrics.
func BenchmarkHundredThousand(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("GUIYI_BENCH_DOCS"))
	if err != nil {
		n = 100_000
	}
	dir := b.TempDir()
	x := opened(b, dir)
	rng := rand.New(rand.NewPCG(1, 2))
	began := time.Now()
	err = x.Rebuild(b.Context(), func(yield func(search.Document, error) bool) {
		for i := range int64(n) {
			if !yield(generated(i+1, rng), nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	rate := float64(n) / time.Since(began).Seconds()
	for _, q := range []struct {
		name string
		q    search.Query
	}{
		{"two characters", search.Query{Text: "公积", Facets: true}},
		{"two words", search.Query{Text: "公积金提取 入学报名", Facets: true}},
		{"rare words", search.Query{Text: "事业单位招聘 市场监管局", Facets: true}},
		{"question", search.Query{Text: "请问临水县的退休人员医疗保险报销比例是多少怎么办理", Facets: true}},
		{"number", search.Query{Text: "清政发〔2020〕45号", Facets: true}},
		{"newest of a site", search.Query{Text: "公告", Site: "linshui", ByTime: true, Facets: true}},
		{"one character", search.Query{Text: "税", Facets: true}},
		{"page 50", search.Query{Text: "公告", Page: 50, Facets: true}},
		{"phrase", search.Query{Text: "“公积金”", Facets: true}},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				ask(b, x, q.q)
			}
		})
	}
	b.Run("publish to findable", func(b *testing.B) {
		id := int64(n)
		for b.Loop() {
			id++
			put(b, x, doc(id, "刚刚发布的独有标题", "正文"))
			if p := ask(b, x, search.Query{Text: "刚刚发布的独有标题", ByTime: true}); p.Total < 1 {
				b.Fatal("not found")
			}
		}
	})
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(rate, "docs/s")
		b.ReportMetric(float64(size(b, dir))/float64(n), "disk-B/doc")
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
	})
}

func size(b *testing.B, dir string) (total int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return total
}
