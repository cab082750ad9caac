package portal

import (
	"context"
	"slices"
	"sync"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// Frame holds what dynamic pages share with the published pages of a site.
type Frame struct {
	Theme dynamic.Theme
	Page  theme.Page // head and frame of a page outside the column tree
}

// Register implements dynamic.Sites with the register of sites. It reads sites on request and caches them for a few
// seconds, or longer while the database is unavailable.
type Register struct {
	Sites *site.Register
	// Frame renders the frame of a site.
	Frame func(ctx context.Context, s *site.Site) (Frame, error)
	Now   func() time.Time // nil: time.Now

	mu     sync.Mutex
	cached map[string]*cachedSite // by code
}

// cachedSite is a site read from the register.
type cachedSite struct {
	read time.Time
	row  *site.Site
	made *dynamic.Site // built from row on demand
	old  *dynamic.Site // built from an earlier row; used when building from row fails
}

var _ dynamic.Sites = (*Register)(nil)

// maxAge is the longest time until a change of a site shows on dynamic pages.
const maxAge = 3 * time.Second

// queryTimeout bounds a query for sites that are in the cache.
const queryTimeout = 2 * time.Second

// Names implements dynamic.Sites.
func (r *Register) Names(ctx context.Context, codes ...string) (map[string]dynamic.Name, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh(ctx, codes...)
	out := map[string]dynamic.Name{}
	for _, code := range codes {
		if k := r.cached[code]; k != nil {
			out[code] = nameOf(k.row.Card())
		}
	}
	if len(out) > 0 && store.ConnectionLost(err) { // outdated sites are better than none
		return out, nil
	}
	return out, unavailable(err)
}

func nameOf(c *site.Card) dynamic.Name { return dynamic.Name{Name: c.Name, Base: base(c)} }

// Site implements dynamic.Sites.
func (r *Register) Site(ctx context.Context, code string) (*dynamic.Site, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx, code); err != nil {
		return nil, unavailable(err)
	}
	k := r.cached[code]
	if k == nil {
		return nil, fault.New(fault.NotFound, "没有对应的网站，请检查网址。")
	}
	if k.made != nil {
		return k.made, nil
	}
	s, err := r.site(ctx, k.row)
	if store.ConnectionLost(err) && k.old != nil {
		return k.old, nil
	}
	if err == nil {
		k.made, k.old = s, s
	}
	return s, unavailable(err)
}

// unavailable reports whether the error means that the database is unavailable, as opposed to a defect.
func unavailable(err error) error {
	if store.ConnectionLost(err) {
		return fault.Wrap(fault.Unavailable, err, "数据库暂时连接不上，搜索等服务稍后恢复；已发布的页面可以正常浏览。")
	}
	return err
}

// refresh reloads the sites whose cached data is too old. It fails only when one of them is not in the cache.
func (r *Register) refresh(ctx context.Context, codes ...string) error {
	now := time.Now()
	if r.Now != nil {
		now = r.Now()
	}
	var due []string
	unread := false
	for _, code := range codes {
		k := r.cached[code]
		if k == nil || now.Sub(k.read) >= maxAge {
			due, unread = append(due, code), unread || k == nil
		}
	}
	if len(due) == 0 {
		return nil
	}
	if !unread {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, queryTimeout)
		defer cancel()
	}
	found, err := r.Sites.ByCodes(ctx, due...)
	if err != nil && unread {
		return err
	}
	if r.cached == nil {
		r.cached = map[string]*cachedSite{}
	}
	for _, code := range due {
		k, s := r.cached[code], found[code]
		switch {
		case err != nil: // the database is unavailable: cached sites stay in use
			k.read = now
		case s != nil && s.State.Public() && k == nil:
			r.cached[code] = &cachedSite{read: now, row: s}
		case s != nil && s.State.Public():
			k.read, k.row, k.made = now, s, nil
		default: // unknown codes are not cached
			delete(r.cached, code)
		}
	}
	return nil
}

func base(c *site.Card) string {
	if c.MainDomain() == "" {
		return ""
	}
	return c.URL("")
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
	around, err := r.Sites.Relatives(ctx, row)
	if err != nil {
		return nil, err
	}
	s := &dynamic.Site{
		Code:    row.Code,
		Name:    row.Name,
		Base:    base(row.Card()),
		Phone:   row.Dossier.Phone,
		Email:   row.Dossier.Email,
		Hot:     row.Hot,
		Theme:   f.Theme,
		Frame:   f.Page,
		Columns: map[string]string{},
		Near:    map[string]dynamic.Name{},
	}
	for _, c := range slices.Concat(around.Above, around.Near) {
		if c.State.Public() {
			s.Near[c.Code] = nameOf(c)
		}
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
