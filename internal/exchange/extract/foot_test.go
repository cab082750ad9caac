package extract

import (
	"strings"
	"testing"
)

// TestFoot: buttons and advertisements below a text are removed. Sentences that begin with the same words stay.
func TestFoot(t *testing.T) {
	t.Parallel()
	page := func(last string) string {
		return `<html><head><title>供热工作安排</title></head><body><h1>供热工作安排</h1><div class="info">发布时间：2024-04-08 10:20 来源：办公室</div><div class="TRS_Editor">` +
			para1 + para2 + last + `</div></body></html>`
	}
	for _, foot := range []string{"内容纠错", "【打印】【关闭】", "打印 关闭窗口", "【内容纠错】 【打印本页】 【关闭窗口】", "扫一扫在手机打开当前页", "返回列表",
		"打印本稿 | 收藏",
		"长按识别二维码关注清河发布", "更多精彩内容，请关注“清河发布”微信公众号！", "欢迎关注清河发布", "点击“阅读原文”查看", "分享、点赞、在看"} {
		r, err := Extract(page("<p>"+foot+"</p>"), Options{})
		if err != nil || !strings.Contains(r.Body.Text, "民生实事") || strings.Contains(r.Body.Text, foot) {
			t.Errorf("%q stays: %q %v", foot, r.Body.Text, err)
		}
	}
	two, _ := Extract(page("<p>更多精彩，关注清河发布</p><p>【打印】</p><p>内容纠错</p>"), Options{})
	if strings.Contains(two.Body.Text, "关注") || strings.Contains(two.Body.Text, "纠错") {
		t.Errorf("three lines of foot: %q", two.Body.Text)
	}
	for _, sentence := range []string{"关闭阀门后立即撤离。", "打印机等设备由各单位自行采购。", "收藏品须登记。", "返回原籍的人员应当报备。", "纠错机制由市政务服务局负责建立。",
		"分享经验的单位于五月十日前报名。", "请关注清河人社公众号查询办理进度。", "字号为“清河老字号”的企业可以申报。", "联系电话：12345", "扫一扫二维码即可预约，预约成功后凭短信入园。",
		"点击率不作为考核指标。"} {
		r, err := Extract(page("<p>"+sentence+"</p>"), Options{})
		if err != nil || !strings.Contains(r.Body.Text, sentence) {
			t.Errorf("%q is lost: %q %v", sentence, r.Body.Text, err)
		}
		r, err = Extract(page("<p>"+sentence+"</p><p>此件公开发布。</p>"), Options{})
		if err != nil || !strings.Contains(r.Body.Text, sentence) || !strings.Contains(r.Body.Text, "此件公开发布") {
			t.Errorf("%q ends the text: %q %v", sentence, r.Body.Text, err)
		}
	}
}
