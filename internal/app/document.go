package app

import (
	"encoding/json"
	"log/slog"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/studio"
)

// Document returns the OpenAPI document of the API as JSON. It needs no database: the operations are only described.
func Document() ([]byte, error) {
	described := &Platform{Engines: &Engines{}}
	a := studio.NewAPI(studio.Options{
		Version: version,
		Callers: []api.Authenticator{},
		Now:     time.Now,
		Log:     slog.New(slog.DiscardHandler),
	}, described.Operations()...)
	return json.MarshalIndent(a.Document(), "", "  ")
}
