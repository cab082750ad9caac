// Package themetest (主题样张) holds one complete sample of every kind of page, with realistic Chinese text, and a small
// server for them. Browser tests and theme authors can view a theme without a database or a publisher.
package themetest
