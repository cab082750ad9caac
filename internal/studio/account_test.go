package studio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guiyi/internal/app"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/studio"
)

// What an officer does with his own account over HTTP: second factor, password, sessions. Nothing of it works for
// nobody, and no secret gets into the log.
func TestOwnAccount(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	nobody := w.browser()
	for _, c := range [][2]string{{"PUT", "/session/password"}, {"GET", "/session/all"}, {"DELETE", "/session/all/1"},
		{"POST", "/session/totp"}, {"PUT", "/session/totp"}, {"DELETE", "/session/totp"}} {
		nobody.want(c[0]+" "+c[1]+" by nobody", nobody.send(c[0], c[1], `{}`), 401)
	}
	b := w.officer("writer", "writer", w.a)
	var e studio.Enrolment
	rec := b.send("POST", "/session/totp", "")
	if w.must(json.Unmarshal(rec.Body.Bytes(), &e)); rec.Code != 200 || !strings.HasPrefix(e.URI, "otpauth://totp/") {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret); err != nil {
		t.Error(err)
	}
	b.want("a wrong code", b.send("PUT", "/session/totp", bodyOf("code", "12")), 422)
	b.want("dropping what is not there", b.send("DELETE", "/session/totp", bodyOf("code", "12")), 409)
	if me := b.want("me", b.send("GET", "/session", ""), 200); me.TOTP {
		t.Error("a second factor that was not confirmed is valid")
	}
	b.want("a wrong password", b.send("PUT", "/session/password", bodyOf("password", "x", "new_password", "y")), 422)
	fresh := "Linjiang-2027-hill"
	me := b.want("a new password",
		b.send("PUT", "/session/password", bodyOf("password", goodPassword, "new_password", fresh)), 200)
	if me.Officer.Account != "writer" {
		t.Errorf("%+v", me)
	}
	other := w.browser()
	before := bodyOf("account", "writer", "password", goodPassword)
	other.want("the old password", other.send("POST", "/session", before), 401)
	other.want("the new one", other.send("POST", "/session", bodyOf("account", "writer", "password", fresh)), 200)
	var list struct{ Items []studio.MySession }
	w.must(json.Unmarshal(b.send("GET", "/session/all", "").Body.Bytes(), &list))
	if len(list.Items) != 2 || list.Items[0].Current || !list.Items[1].Current {
		t.Fatalf("%+v", list)
	}
	b.want("an unknown session", b.send("DELETE", "/session/all/1", ""), 404)
	b.want("the other session", b.send("DELETE", "/session/all/"+string(list.Items[0].ID), ""), 204)
	other.want("it has ended", other.send("GET", "/session", ""), 401)
	b.want("the own goes on", b.send("GET", "/session", ""), 200)
	for _, secret := range []string{fresh, e.Secret} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

// codeOf is what an authenticator app shows now (RFC 6238).
func codeOf(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff)%1_000_000)
}

// A sign-in with the right password is told what else it needs.
func TestSignInNeeds(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	b := w.officer("writer", "writer", w.a)
	o, err := w.p.People.ByAccount(w.root, "writer")
	w.must(err)
	e, err := w.p.People.Enrol(t.Context(), o)
	w.must(err)
	codes, err := w.p.People.ConfirmTOTP(t.Context(), o, codeOf(t, e.Secret))
	w.must(err)
	rec := b.send("POST", "/session", bodyOf("account", "writer", "password", goodPassword))
	b.want("without a code", rec, 422)
	var p studio.SignInProblem
	if w.must(json.Unmarshal(rec.Body.Bytes(), &p)); p.Need != "code" {
		t.Errorf("%s", rec.Body)
	}
	in := []string{"account", "writer", "password", goodPassword, "code", codes[0]}
	if me := b.want("with a recovery code", b.send("POST", "/session", bodyOf(in...)), 200); !me.TOTP {
		t.Errorf("%+v", me)
	}
	b.want("again", w.browser().send("POST", "/session", bodyOf(in...)), 401)
}

// A refusal says which permission is missing, which roles have it and who grants them.
func TestRefusalSaysWhoHelps(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	b := w.officer("writer", "writer", w.a)
	for path, want := range map[string][]string{
		"/api/v1/jobs":     {"job.read", "系统管理员", "安全管理员授权"},
		"/api/v1/officers": {"org.read", "安全管理员", "安全管理员授权"},
		"/api/v1/imports":  {"import.read", "站点管理员", "安全管理员授权"},
	} {
		rec := b.send("GET", path, "")
		b.want(path, rec, 403)
		for _, text := range want {
			if !strings.Contains(rec.Body.String(), text) {
				t.Errorf("%s does not say %s: %s", path, text, rec.Body)
			}
		}
	}
}
