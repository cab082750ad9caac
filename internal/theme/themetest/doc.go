// Package themetest (主题样张) holds one good sample of every kind of page, with Chinese text as a real site would show it,
// and a small server for them: browser tests and theme authors look at a theme without a database or a publisher.
package themetest
