package publish

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// neighbours are two sites that share one library: the city, and a county below it. Each
// test of consent acts with the rights of one and looks at the public pages of the other.
type neighbours struct {
	*city
	mine                    context.Context // the rights of the acting site
	theirs                  context.Context // and of the one whose pages are looked at
	acting, other           string
	doc, news               int64 // items of the other site: a document, and an article in a column
	reading, notice, newDoc int64 // items of the acting site
}

func newNeighbours(c *city, acting, other string) *neighbours {
	n := &neighbours{city: c, acting: acting, other: other}
	for ctx, code := range map[*context.Context]string{&n.mine: acting, &n.theirs: other} {
		*ctx = actor.With(c.ctx, actor.Unlimited(code).In(c.site(code).ID))
	}
	issuer := map[string]string{"qinghe": "清河市人民政府", "linjiang": "临江县人民政府"}
	of := func(code string, class resource.Class) func(*resource.Incoming) {
		return func(in *resource.Incoming) {
			if in.Class = class; class == resource.Document {
				in.Edition.Document = &resource.DocumentInfo{Issuer: issuer[code]}
			}
		}
	}
	ids := c.receive(
		draft{title: "对方的公文", places: []string{other + ":zcwj"}, change: of(other, resource.Document)},
		draft{title: "对方的信息", places: []string{other + ":xwdt"}},
		draft{title: "我方的解读", places: []string{acting + ":xwdt"}, change: of(acting, resource.Interpretation)},
		draft{title: "我方的公告", places: []string{acting + ":xwdt"}, change: of(acting, resource.Notice)},
		draft{title: "我方的公文", places: []string{acting + ":zcwj"}, change: of(acting, resource.Document)})
	n.doc, n.news, n.reading, n.notice, n.newDoc = ids[0], ids[1], ids[2], ids[3], ids[4]
	c.drain()
	return n
}

// says reports whether any page of the other site has a text.
func (n *neighbours) says(text string) bool {
	n.t.Helper()
	for _, path := range n.addresses(n.other) {
		e, body := n.get(n.other, path)
		if strings.Contains(body, text) || strings.Contains(e.Location, text) {
			return true
		}
	}
	return false
}

func (n *neighbours) propose(kind resource.LinkKind, from, to int64) func() error {
	return func() error {
		_, err := n.desk.Link(n.mine, resource.Link{From: from, To: to, Kind: kind})
		return err
	}
}

func (n *neighbours) accept(kind resource.LinkKind, from, to int64) func() error {
	return func() error {
		return n.desk.AcceptLink(n.theirs, resource.Link{From: from, To: to, Kind: kind})
	}
}

func (n *neighbours) receiveAs(ctx context.Context, change func(*resource.Incoming)) error {
	in := resource.Incoming{Owner: n.site(n.acting).ID, Class: resource.Article,
		Edition:    resource.Edition{Title: "我方导入的", Source: "本站", Body: "<p>导入。</p>", Text: "导入。", PublishedAt: 1e12},
		Provenance: resource.Provenance{Source: "consent", ExternalID: "1"}}
	change(&in)
	_, err := n.desk.Receive(ctx, []resource.Incoming{in})
	return err
}

func (n *neighbours) placeIn(ctx context.Context, item int64, at, headline string) error {
	p := n.place(at, start)
	p.Headline = headline
	return n.desk.Place(ctx, item, p)
}

// deed is something that one site does, and what the pages of the other must show of it.
type deed struct {
	name    string
	before  func() error // done with the rights of both, and published, before anything else
	act     func() error
	kind    fault.Kind   // of the refusal; 0: it is done
	consent func() error // by the other site; nil: there is nothing to consent to
	shows   string       // what the other site's pages show then, and not before
}

// own receives an article of the acting site.
func (n *neighbours) own(title string) int64 {
	return n.receive(draft{title: title, places: []string{n.acting + ":xwdt"}})[0]
}

func none() error { return nil }

// linkDeeds are links to the items of another site.
func (n *neighbours) linkDeeds() []deed {
	draft := func() (id int64) {
		return n.receive(draft{title: "我方的稿件", places: []string{n.acting + ":xwdt"},
			change: func(in *resource.Incoming) { in.AsDraft = true }})[0]
	}()
	return []deed{
		{name: "an interpretation", act: n.propose(resource.Interprets, n.reading, n.doc), shows: "我方的解读",
			consent: n.accept(resource.Interprets, n.reading, n.doc)},
		{name: "related", act: n.propose(resource.Related, n.notice, n.news), shows: "我方的公告",
			consent: n.accept(resource.Related, n.notice, n.news)},
		{name: "copied from", act: n.propose(resource.DerivedOf, n.notice, n.news), consent: none},
		{name: "an interpretation that is none", kind: fault.Invalid,
			act: n.propose(resource.Interprets, n.notice, n.doc)},
		{name: "from a draft", act: n.propose(resource.Related, draft, n.news), shows: "我方的稿件",
			consent: func() error {
				if err := n.accept(resource.Related, draft, n.news)(); !fault.Is(err, fault.NotFound) {
					n.t.Errorf("the draft is known: %v", err)
				}
				n.release(0, draft)
				n.drain()
				if n.says("我方的稿件") {
					n.t.Error("the released draft shows without consent")
				}
				return n.accept(resource.Related, draft, n.news)()
			}},
	}
}

// otherDeeds are all others: placements, imports, withdrawals, addresses, the site itself.
func (n *neighbours) otherDeeds() []deed {
	theirs := n.site(n.other)
	placed, shared, merged, removed, heir := n.own("我方要放的"), n.own("我方共享的"), n.own("我方合并的"),
		n.own("我方被撤下的"), n.own("我方接替的")
	addColumn := func() error {
		_, err := n.siteDesk.AddColumn(n.mine, n.other, "", site.ColumnDecl{Slug: "woderen", Name: "我方的栏目"})
		return err
	}
	declare := func(change func(*site.Declaration)) func() error {
		return func() error {
			decl, _, err := n.reg.DeclarationOf(n.ctx, n.acting)
			if err != nil {
				return err
			}
			change(decl)
			_, err = n.siteDesk.Apply(n.mine, []site.Declaration{*decl}, fstest.MapFS{})
			return err
		}
	}
	return []deed{
		{name: "own item into their column", kind: fault.Forbidden, shows: "我方要放的",
			act:     func() error { return n.placeIn(n.mine, placed, n.other+":xwdt", "") },
			consent: func() error { return n.placeIn(n.theirs, placed, n.other+":xwdt", "") }},
		{name: "a headline in their column", kind: fault.Forbidden,
			act: func() error { return n.placeIn(n.mine, n.news, n.other+":xwdt", "我方起的标题") }},
		{name: "their item into the own column, with a headline", consent: none,
			act: func() error { return n.placeIn(n.mine, n.news, n.acting+":xwdt", "我方起的标题") }},
		{name: "out of their column", kind: fault.NotFound, act: func() error {
			return n.desk.Unplace(n.mine, n.news, n.place(n.other+":xwdt", start).ColumnID)
		}},
		{name: "an import into their column", kind: fault.Forbidden, act: func() error {
			return n.receiveAs(n.mine, func(in *resource.Incoming) {
				in.Places = []resource.Place{n.place(n.other+":xwdt", start)}
			})
		}},
		{name: "an import that takes their address", kind: fault.Forbidden, act: func() error {
			return n.receiveAs(n.mine, func(in *resource.Incoming) {
				in.OldPaths = []resource.OldPath{{SiteID: theirs.ID, Path: "/old.html"}}
			})
		}},
		{name: "an import in their name", kind: fault.Forbidden, act: func() error {
			return n.receiveAs(n.mine, func(in *resource.Incoming) { in.Owner = theirs.ID })
		}},
		{name: "an import that says what their item says", consent: none, act: func() error {
			return n.receiveAs(n.mine, func(in *resource.Incoming) {
				_, e, err := resource.NewLibrary(n.db).Item(n.ctx, n.news)
				n.must(err)
				in.Edition.Title, in.Edition.Text, in.Edition.Body = e.Title, e.Text, e.Body
				in.Places = []resource.Place{n.place(n.acting+":xwdt", start)}
				in.Tags = []string{"我方的标记"}
			})
		}},
		{name: "an own item consolidated into theirs", consent: none, act: func() error {
			_, err := n.desk.Withdraw(n.mine, resource.WithdrawRequest{Items: n.seen(merged), Reason: "合并",
				Kind: resource.Consolidated, To: n.doc})
			return err
		}},
		{name: "an own item consolidated that they had taken off their pages", consent: none,
			before: func() error {
				if err := n.placeIn(n.theirs, removed, n.other+":zcwj", ""); err != nil {
					return err
				}
				n.drain()
				return n.desk.Unplace(n.theirs, removed, n.place(n.other+":zcwj", start).ColumnID)
			},
			act: func() error {
				_, err := n.desk.Withdraw(n.mine, resource.WithdrawRequest{Items: n.seen(removed), Reason: "合并",
					Kind: resource.Consolidated, To: heir})
				return err
			}},
		{name: "an item that they have not taken, with a new text; a placement is the consent to later editions",
			shows: "我方改的标题",
			act: func() error {
				n.revise(shared, func(e *resource.Edition) { e.Title = "我方初改的标题" })
				return nil
			},
			consent: func() error {
				err := n.placeIn(n.theirs, shared, n.other+":xwdt", "")
				n.revise(shared, func(e *resource.Edition) { e.Title = "我方改的标题" })
				return err
			}},
		{name: "their item withdrawn", kind: fault.NotFound, act: func() error {
			_, err := n.desk.Withdraw(n.mine, resource.WithdrawRequest{Items: n.seen(n.news), Reason: "x",
				Kind: resource.InError})
			return err
		}},
		{name: "a column of theirs", kind: fault.NotFound, act: addColumn},
		{name: "another name in the network's lists", kind: fault.Forbidden,
			act: declare(func(d *site.Declaration) { d.Name = "我方的新名称" })},
		{name: "their domain", kind: fault.Forbidden,
			act: declare(func(d *site.Declaration) { d.Domains = append(d.Domains, theirs.Domains...) })},
	}
}

// Whatever one site does with its own rights: no byte and no address of another site changes
// before that site consents. Not one revision of it is made.
func TestNothingShowsWithoutConsent(t *testing.T) {
	for acting, other := range map[string]string{"linjiang": "qinghe", "qinghe": "linjiang"} {
		t.Run(acting+" acts on "+other, func(t *testing.T) {
			each(t, func(t *testing.T, c *city) {
				base(c)
				n := newNeighbours(c, acting, other)
				repeals := deed{name: "a repeal", act: n.propose(resource.Repeals, n.newDoc, n.doc)}
				if acting == "qinghe" { // the city stands above the county
					repeals.consent, repeals.shows = n.accept(resource.Repeals, n.newDoc, n.doc), "被废止"
				} else {
					repeals.kind = fault.Forbidden
				}
				for _, d := range slices.Concat([]deed{repeals}, n.linkDeeds(), n.otherDeeds()) {
					n.check(d)
				}
				c.clean()
			})
		})
	}
}

func (n *neighbours) check(d deed) {
	n.t.Helper()
	if d.before != nil {
		if err := d.before(); err != nil {
			n.t.Errorf("%s: before: %v", d.name, err)
		}
	}
	n.drain()
	before := n.head(n.other)
	if d.shows != "" && n.says(d.shows) {
		n.t.Fatalf("%s: %s is there from the start", d.name, d.shows)
	}
	switch err := d.act(); {
	case d.kind == 0 && err != nil:
		n.t.Errorf("%s: %v", d.name, err)
	case d.kind != 0 && !fault.Is(err, d.kind):
		n.t.Errorf("%s: %v, want %s", d.name, err, d.kind)
	}
	n.drain()
	if after := n.head(n.other); after.Root != before.Root || after.Revision != before.Revision {
		n.t.Errorf("%s: %s was published again without consent", d.name, n.other)
	}
	n.clean() // nor would a page that is rendered now be another
	if d.consent == nil {
		return
	}
	if err := d.consent(); err != nil {
		n.t.Errorf("%s: consent: %v", d.name, err)
	}
	n.drain()
	if d.shows != "" && !n.says(d.shows) {
		n.t.Errorf("%s: %s is not shown after the consent", d.name, d.shows)
	}
}
