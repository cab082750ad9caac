package studio

import (
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/org/people"
)

// What officers do with their own account.

func (s *SignIn) changePassword(w http.ResponseWriter, r *http.Request) error {
	v, err := visitor(r)
	if err != nil {
		return err
	}
	var in struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := s.People.ChangePassword(r.Context(), v.Officer, in.Password, in.NewPassword, s.address(r)); err != nil {
		return err
	}
	return s.open(w, r, v.Officer)
}

// MySession is a session of the officer who asks.
type MySession struct {
	ID      api.ID     `json:"id"`
	BeganAt *time.Time `json:"began_at"`
	SeenAt  *time.Time `json:"seen_at"`
	Address string     `json:"address"`
	Agent   string     `json:"agent"`
	Current bool       `json:"current"` // the one that asks
}

func (s *SignIn) list(w http.ResponseWriter, r *http.Request) error {
	v, err := visitor(r)
	if err != nil {
		return err
	}
	all, err := s.People.Own(r.Context(), v.Officer.ID)
	if err != nil {
		return err
	}
	out := struct {
		Items []MySession `json:"items"`
	}{Items: []MySession{}}
	for _, one := range all {
		out.Items = append(out.Items, MySession{
			ID:      api.NewID(one.ID),
			BeganAt: api.Time(one.BeganAt),
			SeenAt:  api.Time(one.SeenAt),
			Address: one.Address,
			Agent:   one.Agent,
			Current: one.ID == v.Session,
		})
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func (s *SignIn) endOther(w http.ResponseWriter, r *http.Request) error {
	v, err := visitor(r)
	if err != nil {
		return err
	}
	if err := s.People.EndOwn(r.Context(), v.Officer, api.ID(r.PathValue("session")).Int()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Enrolment is what an authenticator app is set up with.
type Enrolment struct {
	Secret string `json:"secret"` // base32, for typing
	URI    string `json:"uri"`    // otpauth, for a QR code
}

func (s *SignIn) enrol(w http.ResponseWriter, r *http.Request) error {
	v, err := visitor(r)
	if err != nil {
		return err
	}
	if v.Officer.Demo {
		return fault.New(fault.Forbidden, "演示账户没有密码，也不设置动态口令")
	}
	e, err := s.People.Enrol(r.Context(), v.Officer)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, Enrolment(*e))
}

// code reads a code of the second factor.
func code(w http.ResponseWriter, r *http.Request) (*people.Visit, string, error) {
	v, err := visitor(r)
	if err != nil {
		return nil, "", err
	}
	var in struct {
		Code string `json:"code"`
	}
	err = read(w, r, &in)
	return v, in.Code, err
}

// Recovery are the recovery codes, shown once.
type Recovery struct {
	Codes []string `json:"codes"`
}

func (s *SignIn) confirm(w http.ResponseWriter, r *http.Request) error {
	v, text, err := code(w, r)
	if err != nil {
		return err
	}
	codes, err := s.People.ConfirmTOTP(r.Context(), v.Officer, text)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, Recovery{codes})
}

func (s *SignIn) dropTOTP(w http.ResponseWriter, r *http.Request) error {
	v, text, err := code(w, r)
	if err != nil {
		return err
	}
	if err := s.People.DropTOTP(r.Context(), v.Officer, text); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
