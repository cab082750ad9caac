package portal

import (
	"context"
	"maps"
	"sync"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// Frame is what the dynamic pages of a site share with its published ones.
type Frame struct {
	Theme dynamic.Theme
	Page  theme.Page // head and frame of a page outside the column tree
}

// Register is a dynamic.Sites over the register of sites. What it read is used again for a few seconds.
type Register struct {
	Sites *site.Register
	// Frame renders the frame around pages of a site.
	Frame func(ctx context.Context, s *site.Site) (Frame, error)
	Now   func() time.Time // nil: time.Now

	mu    sync.Mutex
	read  time.Time
	names map[string]dynamic.Name
	rows  map[string]*site.Site
	sites map[string]*dynamic.Site // made on demand
	older map[string]*dynamic.Site // made before the register was read last, for when they cannot be made now
}

var _ dynamic.Sites = (*Register)(nil)

// keep is how long a change of a site may take to show on dynamic pages.
const keep = 3 * time.Second

// patience is how long a reader waits for news of the register when there is an older one.
const patience = 2 * time.Second

// Names implements dynamic.Sites.
func (r *Register) Names(ctx context.Context) (map[string]dynamic.Name, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh(ctx)
	return r.names, err
}

// Site implements dynamic.Sites.
func (r *Register) Site(ctx context.Context, code string) (*dynamic.Site, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	if s := r.sites[code]; s != nil {
		return s, nil
	}
	row := r.rows[code]
	if row == nil {
		return nil, fault.New(fault.NotFound, "没有对应的网站，请检查网址。")
	}
	s, err := r.site(ctx, row)
	if old := r.older[code]; store.Lost(err) && old != nil {
		return old, nil
	}
	if err == nil {
		r.sites[code] = s
	}
	return s, unavailable(err)
}

// unavailable tells a database that is away from a defect.
func unavailable(err error) error {
	if store.Lost(err) {
		return fault.Wrap(fault.Unavailable, err, "数据库暂时连接不上，搜索等服务稍后恢复；已发布的页面可以正常浏览。")
	}
	return err
}

// refresh reads the register anew when it was read too long ago.
func (r *Register) refresh(ctx context.Context) error {
	now := time.Now()
	if r.Now != nil {
		now = r.Now()
	}
	if r.rows != nil && now.Sub(r.read) < keep {
		return nil
	}
	if r.rows != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	all, err := r.Sites.Sites(ctx)
	if err != nil && r.rows != nil { // nothing can have changed that this process could know of: searching goes on
		r.read = now
		return nil
	}
	if err != nil {
		return unavailable(err)
	}
	if r.older == nil {
		r.older = map[string]*dynamic.Site{}
	}
	maps.Copy(r.older, r.sites)
	r.read, r.rows = now, map[string]*site.Site{}
	r.names, r.sites = map[string]dynamic.Name{}, map[string]*dynamic.Site{}
	for _, s := range all {
		if s.State.Public() {
			r.rows[s.Code] = s
			r.names[s.Code] = dynamic.Name{Name: s.Name, Base: base(s)}
		}
	}
	return nil
}

func base(s *site.Site) string {
	if s.MainDomain() == "" {
		return ""
	}
	return s.URL("")
}

func (r *Register) site(ctx context.Context, row *site.Site) (*dynamic.Site, error) {
	f, err := r.Frame(ctx, row)
	if err != nil {
		return nil, err
	}
	tree, err := r.Sites.Columns(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	s := &dynamic.Site{
		Code:    row.Code,
		Name:    row.Name,
		Base:    base(row),
		Phone:   row.Dossier.Phone,
		Email:   row.Dossier.Email,
		Hot:     row.Hot,
		Theme:   f.Theme,
		Frame:   f.Page,
		Columns: map[string]string{},
	}
	for _, c := range tree.All() {
		s.Columns[c.Path] = c.Name
	}
	for _, c := range tree.Children(0) {
		switch {
		case !c.Nav:
		case c.Kind == site.KindLink:
			s.Sections = append(s.Sections, theme.Link{Text: c.Name, URL: c.URL})
		default:
			s.Sections = append(s.Sections, theme.Link{Text: c.Name, URL: "/" + c.Path + "/"})
		}
	}
	return s, nil
}
