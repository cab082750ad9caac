package resource_test

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// call uses one method on an item. It returns what it showed, if anything.
type call func(ctx context.Context, w *world, id int64) (shown any, err error)

// The calls of every exported method that an actor may use. A new method without a case
// here fails TestEveryMethodHasALeakCase. The item is the city's; place and column are
// what a clerk of the county may name.
var (
	deskCalls = map[string]call{
		"AcceptLink": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.AcceptLink(ctx, resource.Link{From: id, To: 4244, Kind: resource.Related})
		},
		"AskForOldLinks": func(ctx context.Context, w *world, _ int64) (any, error) {
			return nil, w.AskForOldLinks(ctx)
		},
		"CancelPlan": func(ctx context.Context, w *world, id int64) (any, error) { return nil, w.doCancel(ctx, id) },
		"Draft": func(ctx context.Context, w *world, _ int64) (any, error) {
			it, _, err := w.Draft(ctx, w.Incoming("draft"))
			return it, err
		},
		"Link": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.doLink(ctx, resource.Link{From: id, To: id + 1, Kind: resource.Related})
		},
		"Move": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.Move(ctx, id, w.columns["city/xwdt"], w.Spot("city/tzgg"))
		},
		"Place": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.Place(ctx, id, w.Spot("county/tzgg"))
		},
		"Pending": func(ctx context.Context, w *world, id int64) (any, error) { return w.Pending(ctx, id) },
		"RefuseLink": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.RefuseLink(ctx, resource.Link{From: id, To: 4244, Kind: resource.Related})
		},
		"Receive": func(ctx context.Context, w *world, _ int64) (any, error) {
			out, err := w.Receive(ctx, []resource.Incoming{w.Incoming("held")})
			return out, err
		},
		"Release": func(ctx context.Context, w *world, id int64) (any, error) { return nil, w.doRelease(ctx, 0, id) },
		"ReleaseApproved": func(ctx context.Context, w *world, id int64) (any, error) {
			seen := &resource.Pending{Item: &resource.Item{ID: id}, Edition: &resource.Edition{}}
			return w.ReleaseApproved(ctx, seen, 1, 0)
		},
		"RequireReview": func(ctx context.Context, w *world, _ int64) (any, error) {
			return nil, w.RequireReview(ctx, w.city, true)
		},
		"Revise": func(ctx context.Context, w *world, id int64) (any, error) {
			it, err := w.Revise(ctx, resource.Seen{id, 1},
				func(_ *resource.Item, e *resource.Edition) error { e.Title = "偷改"; return nil })
			return it, err
		},
		"Discard": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, second(w.Discard(ctx, w.Seen(id)...))
		},
		"Undiscard": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, second(w.Undiscard(ctx, w.Seen(id)[0]))
		},
		"Reinstate": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, second(w.Reinstate(ctx, w.Seen(id)[0], 1))
		},
		"Unlink": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.Unlink(ctx, resource.Link{From: id, To: 4244, Kind: resource.Related})
		},
		"Unplace": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.Unplace(ctx, id, w.columns["city/xwdt"])
		},
		"UploadMedia": func(ctx context.Context, w *world, _ int64) (any, error) {
			return w.UploadMedia(ctx, w.city, "a.txt", strings.NewReader("说明"))
		},
		"Withdraw": func(ctx context.Context, w *world, id int64) (any, error) {
			return nil, w.doWithdraw(ctx,
				resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "x"})
		},
	}
	libraryCalls = map[string]call{
		"Approvals": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Approvals(ctx, id) },
		"Addresses": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Addresses(ctx, id) },
		"Column": func(ctx context.Context, w *world, _ int64) (any, error) {
			return w.lib.Column(ctx, w.city, w.columns["city/xwdt"], 0, 0, 10)
		},
		"Counts":   func(ctx context.Context, w *world, _ int64) (any, error) { return w.lib.Counts(ctx, w.city) },
		"Current":  func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Current(ctx, id) },
		"Editions": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Editions(ctx, id) },
		"Findings": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Findings(ctx, id) },
		"Item": func(ctx context.Context, w *world, id int64) (any, error) {
			it, e, err := w.lib.Item(ctx, id)
			if it == nil && e == nil {
				return nil, err
			}
			return []any{it, e}, err
		},
		"Links": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Links(ctx, id) },
		"List": func(ctx context.Context, w *world, _ int64) (any, error) {
			found, err := w.lib.List(ctx, resource.Filter{Owner: w.city})
			if found == nil {
				return nil, err
			}
			return found.Items, err
		},
		"PendingEditions": func(ctx context.Context, w *world, id int64) (any, error) {
			return w.lib.PendingEditions(ctx, id)
		},
		"Placements": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Placements(ctx, id) },
		"Proposals": func(ctx context.Context, w *world, _ int64) (any, error) {
			return w.lib.Proposals(ctx, w.city, resource.Link{}, 10)
		},
		"Provenance": func(ctx context.Context, w *world, id int64) (any, error) { return w.lib.Provenance(ctx, id) },
	}
)

func TestEveryMethodHasALeakCase(t *testing.T) {
	for typ, cases := range map[reflect.Type]map[string]call{reflect.TypeFor[*resource.Desk](): deskCalls,
		reflect.TypeFor[*resource.Library](): libraryCalls} {
		for m := range typ.Methods() {
			if cases[m.Name] == nil {
				t.Errorf("%s.%s has no leak case: add one to leak_test.go", typ, m.Name)
			}
			if m.Type.NumIn() < 2 || m.Type.In(1) != reflect.TypeFor[context.Context]() {
				t.Errorf("%s.%s takes no context and so no scope", typ, m.Name)
			}
		}
		if len(cases) != typ.NumMethod() {
			t.Errorf("%s has %d methods and %d cases", typ, typ.NumMethod(), len(cases))
		}
	}
}

// No method shows or changes an item of another owner, none works without a scope, and
// none tells whether the item exists.
func TestNothingLeaks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held := w.Incoming("held")
		held.AsDraft = true
		out := w.Take(held, w.Incoming("live"))
		draft, live := out[0].ItemID, out[1].ItemID
		w.news()
		before := w.dump()
		const nothing = int64(4242)
		for _, cases := range []map[string]call{deskCalls, libraryCalls} {
			for name, use := range cases {
				for scope, ctx := range map[string]context.Context{"no scope": t.Context(), "empty scope": w.as(),
					"other scope": w.as(w.county, nothing)} {
					shown, err := use(ctx, w, draft)
					if !empty(shown) || err == nil && cases["Release"] != nil {
						t.Errorf("%s, %s: showed %+v, err %v", name, scope, shown, err)
					}
					if scope == "no scope" && !fault.Is(err, fault.Forbidden) {
						t.Errorf("%s without a scope: %v", name, err)
					}
					_, absent := use(ctx, w, nothing)
					told := strings.ReplaceAll(fault.Text(err), strconv.FormatInt(draft, 10), "N")
					if asked := strings.ReplaceAll(fault.Text(absent), strconv.FormatInt(nothing, 10),
						"N"); told != asked || fault.KindOf(err) != fault.KindOf(absent) {
						t.Errorf("%s, %s tells that the item exists: %q, else %q", name, scope, told, asked)
					}
					if name != "Place" { // what is live may be placed by reference
						if shown, err := use(ctx, w, live); !empty(shown) || err == nil && cases["Release"] != nil {
							t.Errorf("%s, %s, live item: showed %+v, err %v", name, scope, shown, err)
						}
					}
				}
			}
		}
		if w.dump() != before {
			t.Error("a call of another owner changed rows")
		}
		w.wantNews()
		for name, use := range libraryCalls { // the cases do show what is one's own
			none := name == "Approvals" || name == "Findings" || name == "Links" || name == "Proposals"
			if shown, err := use(w.as(w.city), w, draft); err != nil || !none && empty(shown) {
				t.Errorf("%s by the owner: %+v, %v", name, shown, err)
			}
		}
	})
}

// One's own item must not reach another's through a second id.
func TestSecondIDsDoNotLeak(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held := w.Incoming("held")
		held.AsDraft = true
		draft := w.Take(held)[0].ItemID
		in := w.Incoming("own", "county/xwdt")
		in.Owner = w.county
		own := w.Take(in)[0].ItemID
		w.news()
		foreignPath, foreignPlace := in, in
		foreignPath.OldPaths = []resource.OldPath{{SiteID: w.city, Path: "/index.html"}}
		foreignPlace.Places = []resource.Place{w.Spot("county/xwdt"), w.Spot("city/xwdt")}
		before := w.dump()
		ctx := w.as(w.county)
		for name, c := range map[string]struct {
			do   func() error
			kind fault.Kind
		}{
			"link to a draft": {func() error { return w.doLink(ctx, resource.Link{own, draft, resource.Related}) },
				fault.NotFound},
			"successor is a draft": {func() error {
				return w.doWithdraw(ctx, resource.WithdrawRequest{Items: w.Seen(own), Kind: resource.Consolidated,
					Reason: "x", To: draft})
			}, fault.NotFound},
			"release with another's": {func() error { return w.doRelease(ctx, 0, own, draft) }, fault.NotFound},
			"old address elsewhere": {func() error {
				_,
					err := w.Receive(ctx, []resource.Incoming{foreignPath})
				return err
			},
				fault.Forbidden},
			"place elsewhere": {func() error {
				_,
					err := w.Receive(ctx, []resource.Incoming{foreignPlace})
				return err
			},
				fault.Forbidden},
			"place on another site": {func() error { return w.Place(ctx, own, w.Spot("city/xwdt")) }, fault.Forbidden},
		} {
			if err := c.do(); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.dump() != before {
			t.Error("rows changed")
		}
		w.wantNews()
	})
}

func empty(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Map:
		return r.Len() == 0
	case reflect.Pointer:
		return r.IsNil()
	default:
		return false
	}
}
