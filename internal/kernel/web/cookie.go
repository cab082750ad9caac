package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// StateCookie stores choices of a visitor, such as the font size, in a cookie. The value is "name=value&…",
// query-escaped once more. The cookie is neither encrypted nor signed; names and values that are not in Values are
// ignored.
type StateCookie struct {
	Name string
	// Values are the allowed values of each name.
	Values map[string][]string
}

const (
	maxState = 512 // maximum length of a cookie's value, in bytes
	stateAge = 365 * 24 * time.Hour
)

// Read returns the choices in the cookie of the request, without unknown and malformed ones.
func (c StateCookie) Read(r *http.Request) map[string]string {
	cookie, err := r.Cookie(c.Name)
	if err != nil {
		return map[string]string{}
	}
	return c.Parse(cookie.Value)
}

// Parse returns the choices in a cookie's value.
func (c StateCookie) Parse(value string) map[string]string {
	out := map[string]string{}
	if len(value) > maxState {
		return out
	}
	plain, err := url.QueryUnescape(value)
	if err != nil {
		return out
	}
	for pair := range strings.SplitSeq(plain, "&") {
		name, choice, _ := strings.Cut(pair, "=")
		if slices.Contains(c.Values[name], choice) {
			out[name] = choice
		}
	}
	return out
}

// Set stores the choices for a year. Without choices it deletes the cookie.
func (c StateCookie) Set(w http.ResponseWriter, choices map[string]string, https bool) {
	q := url.Values{}
	for name, choice := range choices {
		if slices.Contains(c.Values[name], choice) {
			q.Set(name, choice)
		}
	}
	cookie := &http.Cookie{
		Name:     c.Name,
		Value:    url.QueryEscape(q.Encode()),
		Path:     "/",
		MaxAge:   int(stateAge.Seconds()),
		Secure:   https,
		SameSite: http.SameSiteLaxMode,
	}
	if len(q) == 0 {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}
