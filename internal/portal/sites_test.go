package portal

import (
	"context"
	"errors"
	"testing"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/site"
)

const declared = `
site: qinghe
name: 清河市人民政府
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: { idcode: "2301990001", sponsor: 清河市人民政府, icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000000 }
hot: [公积金提取]
columns:
- { slug: zwgk, name: 政务公开, children: [{slug: zcwj, name: 政策文件}] }
`

func TestRegister(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), jobs.Migrations(), audit.Migrations(), site.Migrations()); err != nil {
			t.Fatal(err)
		}
		blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer blobs.Close()
		ctx := actor.With(t.Context(), actor.Unlimited("test"))
		desk := site.NewDesk(db, jobs.New(db, jobs.Options{}), blobs, time.Now)
		decl, err := site.ParseDeclaration([]byte(declared))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Apply(ctx, []site.Declaration{decl}, nil); err != nil {
			t.Fatal(err)
		}

		clock, frames := time.Unix(1000, 0), 0
		var broken error
		r := &Register{Sites: site.NewRegister(db), Now: func() time.Time { return clock },
			Frame: func(context.Context, *site.Site) (Frame, error) {
				frames++
				return Frame{}, broken
			}}
		s, err := r.Site(ctx, "qinghe")
		if err != nil || s.Name != "清河市人民政府" || s.Base != "https://www.qinghe.gov.cn" || s.Phone != "0450-00000000" ||
			s.Columns["zwgk/zcwj"] != "政策文件" || len(s.Hot) != 1 {
			t.Fatalf("%+v %v", s, err)
		}
		seen := storetest.Watch(t, db)
		if again, err := r.Site(ctx, "qinghe"); err != nil || again != s || frames != 1 {
			t.Errorf("made %d times, %v", frames, err)
		}
		for _, code := range []string{"", "other", "QINGHE"} {
			if _, err := r.Site(ctx, code); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", code, err)
			}
		}
		if names, err := r.Names(ctx, "qinghe", "other"); err != nil || len(names) != 1 ||
			names["qinghe"] != (dynamic.Name{Name: "清河市人民政府", Base: "https://www.qinghe.gov.cn"}) {
			t.Errorf("%v %v", names, err)
		}

		// only sites nobody has are asked for
		if took := seen.Take(); len(took) != storetest.Count(took, `"code" IN (`) {
			t.Errorf("what was read is read again: %q", took)
		}
		err = desk.ChangeState(ctx, "qinghe", site.StateChange{To: site.Offline, Reason: "整改", AppliedBy: "test",
			Approval: "1", NoticeURL: "https://www.qinghe.gov.cn/",
			PlannedRestoreAt: time.Now().AddDate(0, 0, 7).UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(maxAge)
		seen.Take()
		if _, err := r.Site(ctx, "qinghe"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a closed site answers: %v", err)
		}
		if names, err := r.Names(ctx, "qinghe", "other"); err != nil || len(names) != 0 {
			t.Errorf("%v %v", names, err)
		}

		if err := desk.ChangeState(ctx, "qinghe", site.StateChange{To: site.Running, Reason: "完成", AppliedBy: "test",
			Approval: "2"}); err != nil {
			t.Fatal(err)
		}
		clock, broken = clock.Add(maxAge), errors.New("theme away")
		if _, err := r.Site(ctx, "qinghe"); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		broken = nil
		if _, err := r.Site(ctx, "qinghe"); err != nil {
			t.Errorf("a failure is remembered: %v", err)
		}
	})
}

// TestRegisterWithoutDatabase: a portal goes on with what it read; one that has read nothing says what is wrong.
func TestRegisterWithoutDatabase(t *testing.T) {
	dsn := storetest.Postgres(t)
	db := storetest.Open(t, dsn)
	if err := db.Migrate(t.Context(), jobs.Migrations(), audit.Migrations(), site.Migrations()); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	decl, err := site.ParseDeclaration([]byte(declared))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site.NewDesk(db, jobs.New(db, jobs.Options{}), blobs,
		time.Now).Apply(actor.With(t.Context(), actor.Unlimited("test")), []site.Declaration{decl}, nil); err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(1000, 0)
	portal := func() *Register {
		return &Register{Sites: site.NewRegister(db), Now: func() time.Time { return clock },
			Frame: func(context.Context, *site.Site) (Frame, error) { return Frame{}, nil }}
	}
	old, young := portal(), portal()
	if _, err := old.Site(t.Context(), "qinghe"); err != nil {
		t.Fatal(err)
	}
	storetest.Cut(t, dsn)
	clock = clock.Add(maxAge)
	for range 2 {
		if s, err := old.Site(t.Context(), "qinghe"); err != nil || s.Name != "清河市人民政府" {
			t.Errorf("a site that was read: %v", err)
		}
	}
	if _, err := young.Site(t.Context(), "qinghe"); !fault.Is(err, fault.Unavailable) || !store.ConnectionLost(err) {
		t.Errorf("without anything read: %v", err)
	}
}
