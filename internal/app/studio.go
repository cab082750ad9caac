package app

import (
	"net/http"
	"path/filepath"
	"time"

	"guiyi/internal/editorial/editorialapi"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangeapi"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/web"
	"guiyi/internal/lexicon/lexiconapi"
	"guiyi/internal/org/orgapi"
	"guiyi/internal/publish/publishapi"
	"guiyi/internal/resource/resourceapi"
	"guiyi/internal/site/siteapi"
	"guiyi/internal/studio"
	guiyiweb "guiyi/web"
)

// Operations returns the mounts of all API operations. The permissions that the operations declare can be given to
// tokens.
func (p *Platform) Operations() []api.Mount {
	return []api.Mount{
		siteapi.Mount(siteapi.Options{Sites: p.Sites, Desk: p.SiteDesk}),
		resourceapi.Mount(resourceapi.Options{
			Desk:    p.Items,
			Library: p.Library,
			Sites:   p.Sites,
			Clean:   exchange.CleanBody,
			Names:   p.names,
		}),
		lexiconapi.Mount(lexiconapi.Options{Desk: p.Lexicon, Sites: p.Sites}),
		publishapi.Mount(publishapi.Options{Desk: p.Control, Sites: p.Sites}),
		exchangeapi.Mount(exchangeapi.Options{Desk: p.Imports, Documents: p.Documents, Sites: p.Sites}),
		orgapi.Mount(orgapi.Options{People: p.People, Sites: p.Sites}),
		editorialapi.Mount(editorialapi.Options{Desk: p.Editorial, Sites: p.Sites, Names: p.names}),
		studio.Tokens(p.Tokens, p.Sites),
		studio.Jobs(p.DB, p.Board),
		studio.Audit(p.DB, p.Sites, p.names),
	}
}

// Studio returns the handler of the inner listener for the role studio. ops serves health and metrics.
func (p *Platform) Studio(ops http.Handler) (http.Handler, error) {
	secrets, err := readSecrets(p.Config.Session.Secret, p.Config.Session.SecretFile,
		filepath.Join(p.Config.DataDir, sessionSecret))
	if err != nil {
		return nil, err
	}
	proxies := web.NewProxies(p.Config.TrustedProxies)
	signIn, err := studio.NewSignIn(studio.SignInOptions{
		People:  p.People,
		Sites:   p.Sites,
		Secrets: secrets,
		Proxies: proxies,
		Now:     time.Now,
		Log:     p.Tel.Log,
	})
	if err != nil {
		return nil, err
	}
	h, err := studio.New(studio.Options{
		Version: version,
		DB:      p.DB,
		Callers: []api.Authenticator{api.Bearer(p.Tokens)},
		SignIn:  signIn,
		Ops:     ops,
		Preview: &studio.Preview{Sites: p.Sites, Library: p.Library, Pages: p.Publisher, Blobs: p.Blobs},
		Console: guiyiweb.Console(),
		Proxies: proxies,
		Rate:    api.Rate{PerSecond: p.Config.API.PerSecond, Burst: p.Config.API.Burst},
		Now:     time.Now,
		Log:     p.Tel.Log,
	}, p.Operations()...)
	if err != nil {
		return nil, err
	}
	return p.Tel.HTTP("studio", false)(h), nil
}
