package form

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"guiyi/internal/kernel/fault"
)

// Guard creates and checks form tokens. A token states when a page was made, for which form and which session. It
// cannot be forged and can be used once.
//
// A visitor without a session has no rights that another site could abuse. The token of such a visitor is bound only to
// the form, so the form works without cookies. Cross-site requests are rejected earlier, by the check of their origin.
type Guard struct {
	keys [][]byte
	now  func() time.Time
}

// NewGuard needs secrets of at least 32 bytes. The first one signs new tokens; tokens of all are accepted.
func NewGuard(secrets []string, now func() time.Time) (*Guard, error) {
	g := &Guard{now: now}
	for _, secret := range secrets {
		if len(secret) < 32 {
			return nil, fault.New(fault.Invalid, "表单密钥至少 %d 个字符", 32)
		}
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "guiyi form 1", 32)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "表单密钥无法使用")
		}
		g.keys = append(g.keys, key)
	}
	if len(g.keys) == 0 {
		return nil, fault.New(fault.Invalid, "缺少表单密钥")
	}
	return g, nil
}

const (
	nonceBytes = 16
	tokenBytes = 8 + nonceBytes + sha256.Size // time in milliseconds, nonce, HMAC
)

// Token returns a token for a form and a session id, "" for no session.
func (g *Guard) Token(form, session string) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, tokenBytes), uint64(g.now().UnixMilli()))
	nonce := make([]byte, nonceBytes)
	rand.Read(nonce)
	b = append(b, nonce...)
	return base64.RawURLEncoding.EncodeToString(append(b, mac(g.keys[0], b, form, session)...))
}

func mac(key, head []byte, form, session string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(head)
	for _, text := range []string{form, session} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
		h.Write([]byte(text))
	}
	return h.Sum(nil)
}

// Times bounds the time between showing and sending a form. A person needs at least Shortest; after Longest the page
// has expired.
type Times struct{ Shortest, Longest time.Duration }

// Check returns the id of a submission, unique for each page shown, or faults to show. After a fault the page keeps the
// values and has a new token, so that the reader only has to submit it again.
func (g *Guard) Check(form, session string, in Input, times Times) (id string, faults Faults) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(in.Token)
	if err != nil || len(b) != tokenBytes {
		return "", Faults{{Text: "没有提交成功。请检查填写的内容，再提交一次。"}}
	}
	head := b[:8+nonceBytes]
	good := false
	for _, key := range g.keys {
		good = hmac.Equal(b[8+nonceBytes:], mac(key, head, form, session)) || good
	}
	age := g.now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(head))))
	switch {
	case !good:
		return "", Faults{{Text: "登录状态有变化。请检查填写的内容，再提交一次。"}}
	case age > times.Longest || age < -2*time.Minute:
		return "", Faults{{Text: "页面打开的时间太长。请检查填写的内容，再提交一次。"}}
	case in.Trap:
		return "", Faults{{Text: "没有提交成功。请不要填写“请勿填写”一栏，再提交一次。"}}
	case age < times.Shortest:
		return "", Faults{{Text: "提交得太快。请检查填写的内容，稍等片刻再提交一次。"}}
	}
	return base64.RawURLEncoding.EncodeToString(head), nil
}
