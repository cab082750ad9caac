package studio_test

import (
	"encoding/json"
	"testing"

	"guiyi/internal/kernel/api"
)

// released makes a live item of a class.
func (w *world) released(of *tenancy, class, title string, release bool) string {
	w.t.Helper()
	var made struct {
		ID      string
		Version int64
	}
	body := map[string]any{"site": of.site.Code, "class": class, "title": title, "source": "本站", "html": "<p>正文。</p>",
		"columns": []any{map[string]any{"column": of.params["column"]}}}
	if class == "document" {
		body["document"] = map[string]any{"issuer": of.site.Dossier.Sponsor, "doc_no": "〔2026〕1号",
			"signed_on": "2026-11-01", "validity": "有效", "theme": "综合政务\\其他", "genre": "通知", "disclosure": "主动公开"}
	}
	if class == "interpretation" {
		body["interpretation"] = map[string]any{"form": "文字", "level": "政策起草单位"}
	}
	w.ask(of.secret, "POST", "/items", body, 201, &made)
	if release {
		w.ask(of.secret, "POST", "/items/"+made.ID+"/release", map[string]any{"version": made.Version}, 200, nil)
	}
	return made.ID
}

type linkBody struct{ From, Kind, To, State, FromTitle string }

func (w *world) links(of *tenancy, path string) (out []linkBody) {
	w.t.Helper()
	var page struct{ Items []json.RawMessage }
	w.ask(of.secret, "GET", path, nil, 200, &page)
	for _, raw := range page.Items {
		var l linkBody
		w.must(json.Unmarshal(raw, &l))
		out = append(out, l)
	}
	return out
}

// A token of one site proposes; the other site decides, and may always remove.
func TestLinksAcrossSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mine, theirs := w.a, w.b
		doc := w.released(theirs, "document", "对方的公文", true)
		reading := w.released(mine, "interpretation", "解读", true)
		notice := w.released(mine, "notice", "公告", true)
		newer := w.released(mine, "document", "新公文", true)
		draft := w.released(mine, "interpretation", "未公开", false)
		propose := func(from, kind string, want int) (l linkBody) {
			t.Helper()
			w.ask(mine.secret, "POST", "/items/"+from+"/links", map[string]any{"kind": kind, "to": doc}, want, &l)
			return l
		}
		if l := propose(reading, "interprets", 201); l.State != "proposed" {
			t.Errorf("an interpretation is %+v", l)
		}
		propose(draft, "interprets", 201)
		propose(newer, "repeals", 403) // by one who neither issued it nor stands above
		propose(newer, "amends", 403)
		var p api.Problem
		w.ask(mine.secret, "POST", "/items/"+notice+"/links", map[string]any{"kind": "interprets", "to": doc}, 422, &p)
		if len(p.Errors) != 1 || p.Errors[0].Field != "body.kind" {
			t.Errorf("a notice interprets: %+v", p)
		}

		for _, path := range []string{"/items/" + doc + "/links", "/link-proposals",
			"/link-proposals?site=" + theirs.site.Code} {
			if got := w.links(theirs, path); len(got) != 1 || got[0].From != reading || got[0].State != "proposed" {
				t.Errorf("%s shows %+v", path, got)
			}
		}
		if got := w.links(mine, "/link-proposals"); len(got) != 0 {
			t.Errorf("the proposer is asked: %+v", got)
		}
		one := func(from string) string { return "/items/" + from + "/links/interprets/" + doc }
		for _, what := range []string{"/accept", "/refuse"} {
			w.ask(mine.secret, "POST", one(reading)+what, nil, 403, nil)
			w.ask(theirs.secret, "POST", one(draft)+what, nil, 404, nil)
		}
		w.ask(theirs.secret, "POST", one(reading)+"/accept", nil, 204, nil)
		if got := w.links(mine, "/items/"+reading+"/links"); len(got) != 1 || got[0].State != "accepted" {
			t.Errorf("after consent: %+v", got)
		}
		w.ask(theirs.secret, "DELETE", one(draft), nil, 404, nil)
		w.ask(theirs.secret, "DELETE", one(reading), nil, 204, nil)
		if got := w.links(theirs, "/items/"+doc+"/links"); len(got) != 0 {
			t.Errorf("after its removal: %+v", got)
		}
		w.ask(theirs.secret, "DELETE", one(reading), nil, 404, nil)
		w.ask(mine.secret, "DELETE", one(draft), nil, 204, nil)
	})
}
