package people

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
)

// The vectors of RFC 6238, appendix B (SHA-1).
func TestVectorsOfRFC6238(t *testing.T) {
	key := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := otp(key, at/totpStep, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
		if got := otp(key, at/totpStep, totpDigits); got != want[2:] {
			t.Errorf("at %d: %s, want %s", at, got, want[2:])
		}
	}
}

// enrol gives an officer a second factor and returns its key and the recovery codes.
func (w *world) enrol(o *Officer) (key []byte, codes []string) {
	w.t.Helper()
	e, err := w.Enrol(w.t.Context(), o)
	w.must(err)
	key, err = keyText.DecodeString(e.Secret)
	w.must(err)
	codes, err = w.ConfirmTOTP(w.t.Context(), o, w.code(key))
	w.must(err)
	w.clock = w.clock.Add(totpStep * time.Second) // that code is used
	return key, codes
}

func (w *world) code(key []byte) string { return otp(key, w.clock.Unix()/totpStep, totpDigits) }

func (w *world) signInWith(s SignIn) error {
	_, err := w.SignIn(w.t.Context(), s)
	return err
}

// due checks that something else is asked for.
func (w *world) due(err error, what string) {
	w.t.Helper()
	if d, ok := errors.AsType[*Due](err); !ok || d.What != what || !fault.Is(err, fault.Invalid) || d.Error() == "" {
		w.t.Errorf("%v, want that %s is due", err, what)
	}
}

func TestSecondFactor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("feng", "writer")
		w.is(second(w.ConfirmTOTP(t.Context(), o, "123456")), fault.Conflict, "confirming nothing")
		w.is(w.DropTOTP(t.Context(), o, "123456"), fault.Conflict, "dropping nothing")
		first, err := w.Enrol(t.Context(), o)
		w.must(err)
		e, err := w.Enrol(t.Context(), o)
		w.must(err)
		u, err := url.Parse(e.URI)
		if err != nil || u.Scheme != "otpauth" || u.Query().Get("secret") != e.Secret || u.Path != "/归一:feng" ||
			u.Query().Get("issuer") != "归一" || first.Secret == e.Secret {
			t.Errorf("%q %v", e.URI, err)
		}
		w.must(w.signIn("feng", good)) // not confirmed: not asked for
		old, err := keyText.DecodeString(first.Secret)
		w.must(err)
		w.is(second(w.ConfirmTOTP(t.Context(), o, w.code(old))), fault.Invalid, "a code of the key before")
		key, err := keyText.DecodeString(e.Secret)
		w.must(err)
		confirmed := w.code(key)
		_, err = w.ConfirmTOTP(t.Context(), o, confirmed[:3]+" "+confirmed[3:])
		w.must(err)
		w.is(second(w.Enrol(t.Context(), o)), fault.Conflict, "a second one")

		s := SignIn{Account: "feng", Password: good}
		w.due(w.signInWith(s), "code")
		s.Code = confirmed
		w.is(w.signInWith(s), fault.Unauthenticated, "the code that confirmed it, again")
		for _, step := range []int64{-2, 2} {
			s.Code = otp(key, w.clock.Unix()/totpStep+step, totpDigits)
			w.is(w.signInWith(s), fault.Unauthenticated, fmt.Sprintf("a code %d steps away", step))
		}
		w.clock = w.clock.Add(2 * totpStep * time.Second)
		s.Code = otp(key, w.clock.Unix()/totpStep-1, totpDigits)
		w.must(w.signInWith(s))
		w.is(w.signInWith(s), fault.Unauthenticated, "a used code")
		s.Code = otp(key, w.clock.Unix()/totpStep+1, totpDigits)
		w.must(w.signInWith(s))
		s.Password, s.Code = "wrong", w.code(key)
		w.is(w.signInWith(s), fault.Unauthenticated, "a code without the password")
	})
}

// One code lets one in, whoever is faster.
func TestCodeIsUsedOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		key, codes := w.enrol(w.officer("feng", "writer"))
		for _, code := range []string{w.code(key), codes[3]} {
			errs := make([]error, 3)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() { errs[i] = w.signInWith(SignIn{Account: "feng", Password: good, Code: code}) })
			}
			all.Wait()
			in := 0
			for _, err := range errs {
				if err == nil {
					in++
				}
			}
			if in != 1 {
				t.Errorf("%s let %d in: %v", code, in, errs)
			}
		}
	})
}

// Who knows the password has five tries for the code; asking for the code in between does not help.
func TestCodesLock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		key, _ := w.enrol(w.officer("feng", "writer"))
		for i := range 5 {
			w.due(w.signInWith(SignIn{Account: "feng", Password: good}), "code")
			err := w.signInWith(SignIn{Account: "feng", Password: good, Code: "000000"})
			w.is(err, fault.Unauthenticated, "a wrong code")
			if locks := strings.Contains(fault.Text(err), "锁定到"); locks != (i == 4) {
				t.Errorf("try %d: %v", i, err)
			}
		}
		w.is(w.signInWith(SignIn{Account: "feng", Password: good, Code: w.code(key)}), fault.Unauthenticated, "locked")
	})
}

func TestRecovery(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o, other := w.officer("feng", "writer"), w.officer("xu", "writer")
		_, codes := w.enrol(o)
		_, foreign := w.enrol(other)
		if len(codes) != 10 || len(codes[0]) != 19 || codes[0] == codes[1] {
			t.Fatalf("%q", codes)
		}
		s := SignIn{Account: "feng", Password: good, Code: strings.ToUpper(codes[0])}
		w.must(w.signInWith(s))
		w.is(w.signInWith(s), fault.Unauthenticated, "a used recovery code")
		s.Code = foreign[0]
		w.is(w.signInWith(s), fault.Unauthenticated, "that of another officer")
		s.Code = strings.ReplaceAll(codes[1], "-", "")
		w.must(w.signInWith(s))
		w.is(w.DropTOTP(t.Context(), o, "1234"), fault.Invalid, "dropping with a wrong code")
		w.must(w.DropTOTP(t.Context(), o, codes[2]))
		w.must(w.signIn("feng", good))

		w.is(w.ResetTOTP(w.as(o), other.ID), fault.Forbidden, "by a colleague")
		sec := w.officer("sec", SecurityAdmin)
		_, err := w.Begin(t.Context(), other.ID, "c", Browser{})
		w.must(err)
		w.must(w.ResetTOTP(w.as(sec), other.ID))
		w.must(w.signIn("xu", good))
		w.is(second(w.Visit(t.Context(), "c")), fault.Unauthenticated, "a session from before")
		w.enrol(sec)
		boss := w.officer("boss", SystemAdmin)
		w.enrol(boss)
		w.is(w.ResetTOTP(w.as(sec), boss.ID), fault.Forbidden, "of an administrator")
		w.must(w.ResetTOTP(w.root, boss.ID))
	})
}

// The secret is not in the database; a row that is copied to another officer, or written with another key, opens
// nothing and says so.
func TestSecretsAreSealed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("feng", "writer")
		key, codes := w.enrol(o)
		var rows []credentialRow
		w.must(w.db.Read().NewSelect().Model(&rows).Scan(t.Context()))
		for _, r := range rows {
			for _, secret := range append(codes, keyText.EncodeToString(key), string(key)) {
				if strings.Contains(r.Data, secret) || strings.Contains(r.Data, digits(secret)) {
					t.Errorf("%s holds a secret: %s", r.Kind, r.Data)
				}
			}
		}
		c, err := credential(t.Context(), w.db.Read(), o.ID, kindTOTP)
		w.must(err)
		foreign := *c
		foreign.OfficerID++
		w.is(second(w.totpKey(&foreign)), fault.Unavailable, "a copied row")
		newer := func(secrets ...string) *Desk {
			d, err := New(Options{DB: w.db, Now: w.now, Log: slog.New(slog.DiscardHandler),
				Secrets: func() ([]string, error) { return secrets, nil }})
			w.must(err)
			return d
		}
		if got, err := newer(strings.Repeat("n", 32), peopleKey).totpKey(c); err != nil || string(got) != string(key) {
			t.Errorf("the second key does not open: %v", err)
		}
		for what, d := range map[string]*Desk{"another key": newer(strings.Repeat("n", 32)), "no key": newer(),
			"a short key": newer("short")} {
			w.is(second(d.totpKey(c)), fault.Unavailable, what)
		}
		w.is(second(newer().Enrol(t.Context(), w.officer("xu", "writer"))), fault.Unavailable, "without a key")
		c.Data = strings.TrimPrefix(c.Data, sealed)
		w.is(second(w.totpKey(c)), fault.Unavailable, "a row of another form")
	})
}

func TestOldPassword(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("feng", "writer")
		key, _ := w.enrol(o)
		w.clock = w.clock.Add(90*24*time.Hour - time.Minute)
		w.must(w.signInWith(SignIn{Account: "feng", Password: good, Code: w.code(key)}))
		w.clock = w.clock.Add(time.Minute)
		s := SignIn{Account: "feng", Password: good}
		w.due(w.signInWith(s), "code")
		s.Code = w.code(key)
		w.due(w.signInWith(s), "password")
		s.NewPassword = "weak"
		w.is(w.signInWith(s), fault.Invalid, "a weak one")
		s.NewPassword = good
		w.is(w.signInWith(s), fault.Invalid, "the same")
		s.NewPassword = another
		w.must(w.signInWith(s)) // the code was not used up by the questions
		w.is(w.signIn("feng", good), fault.Unauthenticated, "the old one")
		w.clock = w.clock.Add(time.Minute)
		w.must(w.signInWith(SignIn{Account: "feng", Password: another, Code: w.code(key)}))
	})
}

func TestChangePassword(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("feng", "writer")
		_, err := w.Begin(t.Context(), o.ID, "c", Browser{})
		w.must(err)
		w.is(w.ChangePassword(t.Context(), o, "wrong", another, ""), fault.Invalid, "a wrong one")
		w.is(w.ChangePassword(t.Context(), o, good, "weak", ""), fault.Invalid, "a weak one")
		if _, err := w.Visit(t.Context(), "c"); err != nil {
			t.Errorf("the session ended: %v", err)
		}
		w.must(w.ChangePassword(t.Context(), o, good, another, ""))
		w.is(second(w.Visit(t.Context(), "c")), fault.Unauthenticated, "a session from before")
		w.must(w.signIn("feng", another))
		for range 4 {
			w.is(w.ChangePassword(t.Context(), o, "wrong", good, ""), fault.Invalid, "a wrong one")
		}
		w.is(w.ChangePassword(t.Context(), o, "wrong", good, ""), fault.Unauthenticated, "the fifth")
		w.is(w.ChangePassword(t.Context(), o, another, good+"1", ""), fault.Unauthenticated, "a locked account")
	})
}

// An officer sees and ends his own sessions only.
func TestOwnSessions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o, other := w.officer("feng", "writer"), w.officer("xu", "writer")
		for _, s := range []string{"a", "b"} {
			_, err := w.Begin(t.Context(), o.ID, s, Browser{Address: s})
			w.must(err)
		}
		foreign, err := w.Begin(t.Context(), other.ID, "c", Browser{})
		w.must(err)
		own, err := w.Own(t.Context(), o.ID)
		if err != nil || len(own) != 2 || own[0].Address != "b" || own[0].Account != "feng" {
			t.Fatalf("%+v %v", own, err)
		}
		w.is(w.EndOwn(t.Context(), o, foreign.Session), fault.NotFound, "that of a colleague")
		w.must(w.EndOwn(t.Context(), o, own[1].ID))
		w.is(second(w.Visit(t.Context(), "a")), fault.Unauthenticated, "an ended one")
		for _, s := range []string{"b", "c"} {
			if _, err := w.Visit(t.Context(), s); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
		w.clock = w.clock.Add(31 * time.Minute)
		if own, err = w.Own(t.Context(), o.ID); err != nil || len(own) != 0 {
			t.Errorf("sessions that are over are listed: %+v %v", own, err)
		}
	})
}
