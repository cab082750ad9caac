package session

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"guiyi/internal/kernel/fault"
)

// Session is the session of a browser.
type Session struct {
	ID      string    `json:"i"`           // random; each Begin creates a new one
	Subject string    `json:"s,omitempty"` // who is logged in; "" = nobody
	Began   time.Time `json:"b"`           // time of Begin
	Seen    time.Time `json:"n"`           // last renewal of the cookie, at most Idle/10 before the last request
}

// Exists reports whether s is a session. The zero Session is none.
func (s Session) Exists() bool { return s.ID != "" }

// Options of New.
type Options struct {
	// Name of the cookie, such as "user". Two kinds of sessions on one host need different names.
	Name string
	// Secrets have at least 32 bytes each. The first one encrypts, all of them decrypt; this allows key rotation.
	Secrets []string
	// Idle is the maximum time between two requests, Longest the maximum age of a session.
	Idle, Longest time.Duration
	// Ended reports whether a session was ended early, for instance by log-out, a changed password, or an
	// administrator. If it is nil, no session is ended early.
	Ended func(ctx context.Context, s Session) (bool, error)
	Now   func() time.Time
}

// Sessions reads and writes the cookies of one kind of session.
type Sessions struct {
	o     Options
	seals []cipher.AEAD
}

const (
	minSecret = 32              // bytes
	maxCookie = 2048            // maximum length of a cookie's value, in bytes
	maxClock  = 2 * time.Minute // maximum difference between the clocks of two processes
)

// New creates Sessions. It returns a fault when a secret is too short, an option is missing, or Longest is shorter than
// Idle.
func New(o Options) (*Sessions, error) {
	if o.Name == "" || o.Idle <= 0 || o.Longest < o.Idle || o.Now == nil || len(o.Secrets) == 0 {
		return nil, fault.New(fault.Internal, "会话缺少名称、密钥、时钟，或时限不合理")
	}
	s := &Sessions{o: o}
	for _, secret := range o.Secrets {
		if len(secret) < minSecret {
			return nil, fault.New(fault.Invalid, "会话密钥至少 %d 个字符", minSecret)
		}
		seal, err := newSeal(secret, o.Name)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "会话密钥无法使用")
		}
		s.seals = append(s.seals, seal)
	}
	return s, nil
}

// newSeal derives the key for one kind of session from a secret. The key depends on the name, so a cookie of one kind
// is not valid for another.
func newSeal(secret, name string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "guiyi session 1 "+name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Sessions) cookieName(https bool) string {
	if https {
		return "__Host-" + s.o.Name
	}
	return s.o.Name
}

// Read returns the session of a request, or the zero Session when there is none. https says whether the browser uses
// HTTPS. If a tenth of Idle has passed since the last renewal, Read renews the cookie.
func (s *Sessions) Read(w http.ResponseWriter, r *http.Request, https bool) Session {
	found, ok := s.find(r, https)
	if !ok || s.expired(found) {
		return Session{}
	}
	if s.o.Ended != nil {
		if ended, err := s.o.Ended(r.Context(), found); ended || err != nil {
			return Session{}
		}
	}
	if now := s.o.Now(); now.Sub(found.Seen) >= s.o.Idle/10 {
		found.Seen = now
		s.write(w, found, https)
	}
	return found
}

// find decrypts the cookie. It refuses two cookies of the same name, because it cannot tell which one is genuine.
func (s *Sessions) find(r *http.Request, https bool) (found Session, ok bool) {
	cookies := r.CookiesNamed(s.cookieName(https))
	if len(cookies) != 1 || len(cookies[0].Value) > maxCookie {
		return found, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cookies[0].Value)
	if err != nil {
		return found, false
	}
	for _, seal := range s.seals {
		plain, err := seal.Open(nil, nil, sealed, nil)
		if err != nil {
			continue
		}
		err = json.Unmarshal(plain, &found)
		return found, err == nil && found.ID != ""
	}
	return found, false
}

func (s *Sessions) expired(found Session) bool {
	now := s.o.Now()
	return now.Sub(found.Seen) > s.o.Idle || now.Sub(found.Began) > s.o.Longest ||
		found.Began.Sub(now) > maxClock || found.Seen.Sub(now) > maxClock
}

// Begin creates a new session for the subject and replaces the cookie in the browser. Subject "" means an anonymous
// session. Call Begin whenever the rights of the browser change: the new id prevents session fixation.
func (s *Sessions) Begin(w http.ResponseWriter, subject string, https bool) Session {
	now := s.o.Now()
	fresh := Session{ID: strings.ToLower(rand.Text()), Subject: subject, Began: now, Seen: now}
	s.write(w, fresh, https)
	return fresh
}

// End deletes the cookie in the browser. A copy of the cookie stays valid unless Options.Ended reports the session.
func (s *Sessions) End(w http.ResponseWriter, https bool) {
	s.set(w, "", -1, https)
}

func (s *Sessions) write(w http.ResponseWriter, one Session, https bool) {
	plain, err := json.Marshal(one)
	if err != nil { // JSON has no times after the year 9999
		s.End(w, https)
		return
	}
	age := min(s.o.Idle, s.o.Longest-s.o.Now().Sub(one.Began))
	sealed := s.seals[0].Seal(nil, nil, plain, nil)
	s.set(w, base64.RawURLEncoding.EncodeToString(sealed), max(1, int(age.Seconds())), https)
}

// set adds the cookie to the response and removes an earlier one of the same name. age is in seconds.
func (s *Sessions) set(w http.ResponseWriter, value string, age int, https bool) {
	cookie := &http.Cookie{
		Name:     s.cookieName(https),
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		Secure:   https,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
	h := w.Header()
	var others []string
	for _, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, cookie.Name+"=") {
			others = append(others, line)
		}
	}
	h["Set-Cookie"] = append(others, cookie.String())
	h.Set("Cache-Control", "no-store") // a shared cache must not store this cookie
}
