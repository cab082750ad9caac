package app

import (
	"context"
	"strconv"

	"guiyi/internal/editorial"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/org/people"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// demoText is a text that an officer of the demo city is at work on.
type demoText struct {
	column, title, source, html string
	class                       resource.Class
}

func demoTexts() []demoText {
	return []demoText{
		{"xwdt/tzgg", "关于中心城区供水管网冲洗期间短时停水的通知", "市水务局",
			"<p>为保障冬季供水水质，定于12月5日22时至次日5时对中心城区供水管网进行冲洗，河东、新华两个街道部分小区将短时停水。</p><p>请提前储水。恢复供水后水色微黄属正常现象，放水数分钟即可。</p>",
			resource.Notice},
		{"xwdt/szyw", "清河至临江城际公交12月起加密班次", "市交通运输局",
			"<p>12月1日起，清河至临江城际公交工作日早晚高峰发车间隔由20分钟缩短为10分钟，末班车延长至21时。</p><p>票价不变，老年人凭优待卡免费乘车。</p>",
			resource.Article},
		{"xwdt/tzgg", "2027年城乡居民基本医疗保险集中参保提醒", "市医保局",
			"<p>集中参保期至12月31日，逾期参保设置待遇等待期。请尚未参保的居民尽快办理。</p>", resource.Notice},
		{"xwdt/szyw", "市图书馆延长寒假期间开放时间（未写完）", "市文化广电和旅游局", "<p>寒假期间市图书馆延长至21时闭馆。</p>",
			resource.Article},
	}
}

// demoReview gives the main site of the demo city a flow of two steps, and its officers texts at every stage: one that
// waits for the first review, one for the second, one that was returned, and one that is not submitted yet. It does
// nothing where there was a task before.
func (p *Platform) demoReview(ctx context.Context) error {
	main, err := p.Sites.ByCode(ctx, "qinghe")
	if err != nil {
		return err
	}
	read := actor.With(ctx, actor.Actor{Kind: actor.System, ID: "demo", Scope: actor.Scope{All: true},
		Permissions: []actor.Permission{people.Read, editorial.Read, editorial.FlowWrite}})
	before, err := p.Editorial.Tasks(read, editorial.Filter{Owner: main.ID, Limit: 1})
	if err != nil || len(before) > 0 {
		return err
	}
	tree, err := p.Sites.Columns(ctx, main.ID)
	if err != nil || tree.Path("xwdt/tzgg") == nil || tree.Path("xwdt/szyw") == nil {
		return err
	}
	writer, err := p.demoOfficer(read, "demo-writer", main.ID, resource.Write, resource.PlacementWrite,
		editorial.Submit)
	if err != nil {
		return err
	}
	reviewer, err := p.demoOfficer(read, "demo-reviewer", main.ID, editorial.Review)
	if err != nil {
		return err
	}
	flows, err := p.Editorial.Flows(read, main.ID)
	if err == nil && len(flows) == 0 {
		_, err = p.Editorial.SetFlow(read, editorial.Flow{Owner: main.ID, Steps: []editorial.Step{
			{Name: "初审", Kind: editorial.ByReview, Minutes: 24 * 60},
			{Name: "终审", Kind: editorial.ByReview, Minutes: 24 * 60},
		}})
	}
	for i, text := range demoTexts() {
		if err != nil {
			return err
		}
		err = p.demoTask(writer, reviewer, main, tree.Path(text.column), text, i)
	}
	return err
}

// demoOfficer acts as an officer of the demo city.
func (p *Platform) demoOfficer(ctx context.Context, account string, owner int64,
	ps ...actor.Permission) (context.Context, error) {
	o, err := p.People.ByAccount(ctx, account)
	if err != nil {
		return nil, err
	}
	return actor.With(ctx, actor.Actor{
		Kind:        actor.Officer,
		ID:          strconv.FormatInt(o.ID, 10),
		Name:        o.Name,
		Permissions: ps,
		Scope:       actor.Scope{Owners: []int64{owner}},
	}), nil
}

// demoTask writes a text and brings it to its stage.
func (p *Platform) demoTask(writer, reviewer context.Context, main *site.Site, column *site.Column, text demoText,
	stage int) error {
	in := resource.Incoming{Owner: main.ID, Class: text.class,
		Places: []resource.Place{resource.PlaceIn(main.ID, column)}}
	in.Edition.Title, in.Edition.Source = text.title, text.source
	body, err := exchange.CleanBody(text.class, text.html)
	if err == nil {
		err = in.Edition.SetBody(body)
	}
	if err != nil {
		return err
	}
	it, _, err := p.Items.Draft(writer, in)
	if err != nil || stage == 3 {
		return err
	}
	t, err := p.Editorial.SubmitItem(writer,
		editorial.Submission{Seen: resource.Seen{Item: it.ID, Version: it.Version}})
	if err != nil {
		return err
	}
	seen := editorial.TaskSeen{Task: t.ID, Version: t.Version}
	switch stage {
	case 1:
		_, err = p.Editorial.Approve(reviewer, seen, "班次与公交集团核对过。", "标题", "时间地点")
	case 2:
		_, err = p.Editorial.Return(reviewer, seen, "请补充参保渠道和咨询电话，缴费标准以省医保局公布的为准。")
	}
	return err
}
