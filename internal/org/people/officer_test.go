package people

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
)

func TestOfficersAndDepartments(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		city, err := w.AddDepartment(w.root, "SZF", "市政府办公室", 0)
		w.must(err)
		rsj, err := w.AddDepartment(w.root, "rsj", "人社局", city.ID)
		w.must(err)
		_, err = w.AddDepartment(w.root, "szf", "又一个", 0)
		w.is(err, fault.Invalid, "a code twice")
		_, err = w.AddDepartment(w.root, "x y", " ", 0)
		if f := fault.FieldsOf(err); f["code"] == "" || f["name"] == "" {
			t.Errorf("%v", err)
		}
		_, err = w.AddDepartment(w.root, "x", "名", 99)
		w.is(err, fault.Invalid, "below none")
		all, err := w.Departments(w.root)
		if err != nil || len(all) != 2 || all[0].Code != "rsj" || all[0].Parent != city.ID {
			t.Errorf("%+v %v", all, err)
		}
		for i, name := range []string{"王明", "李_红", "赵%强"} {
			account := fmt.Sprintf("user%d", i)
			_, err := w.AddOfficer(w.root, NewOfficer{Account: account, Name: name, Department: rsj.ID})
			w.must(err)
		}
		for what, n := range map[string]NewOfficer{"taken": {Account: "USER1", Name: "名"},
			"bad account": {Account: "1a", Name: "名"}, "no name": {Account: "ok", Name: " "},
			"long name": {Account: "ok", Name: strings.Repeat("长", 51)},
			"control":   {Account: "ok", Name: "a\nb"}, "no department": {Account: "ok", Name: "名", Department: 99}} {
			_, err := w.AddOfficer(w.root, n)
			w.is(err, fault.Invalid, what)
		}
		for text, want := range map[string]int{"": 3, "user": 3, "USER2": 1, "明": 1, "_": 1, "%": 1, "!": 0} {
			got, err := w.Officers(w.root, OfficerFilter{Text: text, Limit: 10})
			if err != nil || len(got) != want {
				t.Errorf("%q finds %d, want %d, %v", text, len(got), want, err)
			}
		}
		page, err := w.Officers(w.root, OfficerFilter{Limit: 2, Department: rsj.ID, State: Active})
		w.must(err)
		rest, err := w.Officers(w.root, OfficerFilter{Limit: 2, Before: page[1].ID})
		if err != nil || len(page) != 2 || len(rest) != 1 || rest[0].Account != "user0" {
			t.Errorf("%v %v", rest, err)
		}
		name, gone := "王小明", int64(0)
		o, err := w.ChangeOfficer(w.root, rest[0].ID, 1, OfficerChange{Name: &name, Department: &gone})
		if err != nil || o.Name != name || o.Department != 0 || o.Version != 2 {
			t.Errorf("%+v %v", o, err)
		}
		_, err = w.ChangeOfficer(w.root, o.ID, 1, OfficerChange{Name: &name})
		w.is(err, fault.Conflict, "an old version")
		if o, err = w.ChangeOfficer(w.root, o.ID, 2, OfficerChange{Name: &name}); err != nil || o.Version != 2 {
			t.Errorf("a change that changes nothing: %+v %v", o, err)
		}
		if names, err := w.Names(t.Context(), o.ID, 99); err != nil || len(names) != 1 || names[o.ID] != name {
			t.Errorf("%v %v", names, err)
		}
	})
}

// A demo officer enters by his link alone, once; nobody else gets such a link.
func TestDemoLinks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		demo := DemoOfficer{Account: "demo-writer", Name: "采编", Roles: []string{"writer", "reviewer"},
			Sites: []int64{7}}
		old, err := w.DemoLink(w.root, demo)
		w.must(err)
		secret, err := w.DemoLink(w.root, demo)
		w.must(err)
		_, err = w.UseLink(t.Context(), LinkUse{Secret: old})
		w.is(err, fault.NotFound, "the link of the start before")
		o, err := w.UseLink(t.Context(), LinkUse{Secret: secret})
		if err != nil || len(o.Grants) != 2 || o.Account != "demo-writer" {
			t.Fatalf("%+v %v", o, err)
		}
		_, err = w.UseLink(t.Context(), LinkUse{Secret: secret})
		w.is(err, fault.NotFound, "twice")
		w.is(w.signIn("demo-writer", ""), fault.Unauthenticated, "without a password")
		w.officer("real", "writer")
		_, err = w.DemoLink(w.root, DemoOfficer{Account: "real", Name: "名", Roles: []string{"writer"}})
		w.is(err, fault.Conflict, "a real account")
		// A row that was made for a real officer does not open either.
		w.must(w.db.InTx(w.root, func(ctx context.Context, tx bun.Tx) error {
			real, err := w.ByAccount(w.root, "real")
			if err != nil {
				return err
			}
			secret, _, err = w.insertLink(ctx, tx, Enter, real.ID, Rescue)
			return err
		}))
		_, err = w.UseLink(t.Context(), LinkUse{Secret: secret})
		w.is(err, fault.NotFound, "a link to enter as a real officer")
	})
}

// A phone number is encrypted: neither the database nor the audit nor a list shows it.
func TestPhone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("tao", "writer")
		phone := " 0450-1234 5678 "
		o, err := w.ChangeOfficer(w.root, o.ID, o.Version, OfficerChange{Phone: &phone})
		if err != nil || o.Phone != "0450-12345678" {
			t.Fatalf("%+v %v", o, err)
		}
		var rows []officerRow
		w.must(w.db.Read().NewSelect().Model(&rows).Scan(t.Context()))
		if !strings.HasPrefix(rows[0].Phone, sealed) || strings.Contains(rows[0].Phone, "12345678") {
			t.Errorf("%q", rows[0].Phone)
		}
		all, err := w.Officers(w.root, OfficerFilter{Limit: 9})
		if err != nil || all[0].Phone != "" {
			t.Errorf("%+v %v", all[0], err)
		}
		var audited []audit.Row
		w.must(w.db.Read().NewSelect().Model(&audited).Scan(t.Context()))
		if strings.Contains(fmt.Sprint(audited)+w.logged(), "12345678") {
			t.Errorf("%v %s", audited, w.logged())
		}
		for _, wrong := range []string{"tel", "1", strings.Repeat("1", 30), "<script>"} {
			_, err := w.ChangeOfficer(w.root, o.ID, o.Version, OfficerChange{Phone: &wrong})
			if w.is(err, fault.Invalid, wrong); fault.FieldsOf(err)["phone"] == "" {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		// A number that cannot be decrypted hides nothing else of the officer.
		w.seal.secrets = nil
		if o, err = w.Officer(w.root, o.ID); err != nil || o.Phone != "" || o.Account != "tao" {
			t.Errorf("%+v %v", o, err)
		}
		w.seal.secrets = func() ([]string, error) { return []string{peopleKey}, nil }
		none := ""
		if o, err = w.ChangeOfficer(w.root, o.ID, o.Version, OfficerChange{Phone: &none}); err != nil || o.Phone != "" {
			t.Errorf("%+v %v", o, err)
		}
	})
}
